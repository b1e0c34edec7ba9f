/** What people type, made comparable: NFKC (full-width forms become plain ones) and trimmed. */
export const tidy = (text: string): string => text.normalize('NFKC').trim()

/**
 * One line, whatever was in it: line ends and controls become a blank; what cannot be seen and what turns the direction
 * of writing goes, but the joiners that names need (R8).
 */
export const oneLine = (text: string): string =>
  text
    .replace(/(?:\p{Cc}|\p{Zl}|\p{Zp})+/gu, ' ')
    .replace(/(?![\u200c\u200d])(?:\p{Cf}|\p{Noncharacter_Code_Point})/gu, '')

/**
 * The 6 digits of a code, out of whatever was pasted: `５２６ ４４１`, a sentence, the whole mail. Undefined when there are none,
 * or two that differ: nobody guesses which. Digits of a longer number or of an accession are none.
 */
export function codeIn(text: string): string | undefined {
  const plain = tidy(text)
  const bare = plain.replace(/\s/g, '')
  if (/^\d{6}$/.test(bare)) return bare
  const found = plain.matchAll(/(?<![A-Za-z0-9])\d{3}\s?\d{3}(?![A-Za-z0-9])/g)
  const codes = new Set([...found].map(([code]) => code.replace(/\s/, '')))
  return codes.size === 1 ? [...codes][0] : undefined
}

/** A complete e-mail address in ASCII; anything else gets V4. */
export function isEmail(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$/.test(
      text,
    ) &&
    !/^\.|\.\.|\.@/.test(text)
  )
}

/** R22: addresses are compared and counted lower-case after NFKC, and mailed as typed. */
export const emailKey = (email: string): string => tidy(email).toLowerCase()
export const isSameEmail = (a: string, b: string): boolean => emailKey(a) === emailKey(b)

/** `a***z@example.cn`: how an address is shown where it need not be read in full (R59). */
export function maskEmail(email: string): string {
  const [account = '', domain = ''] = email.split('@')
  const last = account.length > 1 ? account.at(-1) : ''
  return `${account.slice(0, 1)}***${last}@${domain}`
}
