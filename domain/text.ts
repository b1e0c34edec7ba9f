/** Text that people type: one function for keeping it, others for comparing and for reading forms (R8, R19, R22). */

/** Nothing is seen of these: zero-width and other ignorable characters, Hangul fillers, the empty Braille cell. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/gu
const withoutInvisible = (text: string): string => text.replace(invisible, '')

/** A control, half a pair, no character at all, or what turns the rest of a line round or ends it (R8). */
const unfit = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\ufffd\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
export const isFit = (text: string): boolean => !unfit.test(text)

/** R8: names, notes and reasons are kept as typed; only canonically equal letters become one, and the ends are trimmed. */
export const asTyped = (text: string): string => text.normalize('NFC').trim()

/** R8: what two texts are compared by. Empty when nothing is to be seen. */
export const comparable = (text: string): string => withoutInvisible(text).normalize('NFKC').trim()

/** How many characters of it are seen. */
export const visibleLength = (text: string): number => [...withoutInvisible(text)].length

/**
 * E-mails, numbers and codes: ASCII, which Chinese keyboards also type in full width. Other forms of a digit (², ⑩) stay,
 * and are refused: they mean something else.
 */
export const halfWidth = (text: string): string =>
  withoutInvisible(text)
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .trim()

/** One line of what another system says of a person or a unit: with nothing that does harm in a mail or a database. */
export const cleanLine = (text: string): string =>
  asTyped(text.replace(/[\p{White_Space}\p{Cc}]+/gu, ' ').replace(new RegExp(unfit, 'gu'), ''))

/**
 * One line, whatever was in it: line ends and controls become a blank; what cannot be seen and what turns the direction
 * of writing goes, but the joiners that names need (R8).
 */
export const oneLine = (text: string): string =>
  text
    .replace(/(?:\p{Cc}|\p{Zl}|\p{Zp})+/gu, ' ')
    .replace(/(?![\u200c\u200d])(?:\p{Cf}|\p{Noncharacter_Code_Point})/gu, '')

/** A body is UTF-8 unless its content type says otherwise. */
export const isUtf8Type = (contentType: string): boolean =>
  /^utf-?8$/i.test(/;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8')

/** A complete e-mail address in ASCII; anything else gets V4. */
export const emailForm =
  /^(?!\.)(?!.*\.\.)(?!.*\.@)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$/
export const longestEmail = 254
export const isEmail = (text: string): boolean => text.length <= longestEmail && emailForm.test(text)

/** R22: addresses are compared and counted lower-case, and mailed as typed. */
export const emailKey = (email: string): string => comparable(email).toLowerCase()
export const isSameEmail = (a: string, b: string): boolean => emailKey(a) === emailKey(b)
