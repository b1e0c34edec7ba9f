/** How other people's data stand in lists (R59, pages.md 2.11). */

/** 示*甲; 示* of two characters. */
export function maskName(name: string): string {
  const letters = [...name]
  return `${letters[0] ?? ''}*${letters.length > 2 ? (letters.at(-1) ?? '') : ''}`
}

/** a***z@example.cn */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const local = [...email.slice(0, at)]
  return `${local[0] ?? ''}***${local.length > 1 ? (local.at(-1) ?? '') : ''}${email.slice(at)}`
}
