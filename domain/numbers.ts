/** R33: `BF` + day of issue in Asia/Shanghai (yyyymmdd) + a serial of at least 5 digits within that day. */
export const backupNumber = (day: string, serial: number): string =>
  `BF${day.replaceAll('-', '')}${String(serial).padStart(5, '0')}`

/** Day and serial of a backup number; undefined for any other text. */
export function numberParts(text: string): { day: string; serial: number } | undefined {
  const [, year, month, day, serial] = /^BF(\d{4})(\d\d)(\d\d)(\d{5,9})$/.exec(text) ?? []
  return serial === undefined ? undefined : { day: `${year}-${month}-${day}`, serial: Number(serial) }
}

/** Crockford base 32 without I, L, O, U: what people can read to each other on the phone. */
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A backup's short name for people, from 5 random bytes: `7Q4K-2MZ9`. */
export function referenceOf(random: Uint8Array): string {
  const letters = base32(random, 8)
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** The 8 characters on the receipt that go with a number (R39). */
export const checkCodeOf = (random: Uint8Array): string => base32(random, 8)

function base32(random: Uint8Array, length: number): string {
  let bits = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let i = 0; i < length; i++) {
    text = crockford.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return text
}
