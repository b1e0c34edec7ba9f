/** What people type, made comparable: NFKC (full-width forms become plain ones) and trimmed. */
export const tidy = (text: string): string => text.normalize('NFKC').trim()

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
