import { halfWidth } from './text.ts'

/**
 * The 6 digits of a code, out of whatever was pasted: `５２６ ４４１`, a sentence, the whole mail. Undefined when there are none,
 * or two that differ: nobody guesses which. Digits of a longer number or of an accession are none.
 */
export function codeIn(text: string): string | undefined {
  const plain = halfWidth(text)
  const bare = plain.replace(/\s/g, '')
  if (/^\d{6}$/.test(bare)) return bare
  const found = plain.matchAll(/(?<![A-Za-z0-9])\d{3}\s?\d{3}(?![A-Za-z0-9])/g)
  const codes = new Set([...found].map(([code]) => code.replace(/\s/, '')))
  return codes.size === 1 ? [...codes][0] : undefined
}
