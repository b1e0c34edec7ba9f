/** Counts and sizes, exact: a size is a decimal string in MB with at most 3 decimals (numeric(10,3)). */

import { halfWidth } from './text.ts'

export const mostSamples = 99_999_999
const mostThousandths = 9_999_999_999n

/**
 * What a person typed as a number: full width, and thousands grouped by commas or thin spaces, are accepted (P7). So are
 * `.5` and needless zeros at the end.
 */
const plainNumber = (typed: string | number): string =>
  halfWidth(String(typed))
    .replace(/^\d{1,3}([,\u00a0\u2007-\u2009\u202f\u205f])\d{3}(?:\1\d{3})*(?=\.|$)/, (grouped) =>
      grouped.replace(/\D/g, ''),
    )
    .replace(/^\./, '0.')
    .replace(/^(\d+)\.0+$/, '$1')
    .replace(/^(\d+\.\d*[1-9])0+$/, '$1')

/** 合计例数: a whole number of 1 or more; anything else is undefined. */
export function parseSamples(typed: string | number): number | undefined {
  const plain = plainNumber(typed)
  if (!/^\d{1,12}$/.test(plain)) return undefined
  const count = Number(plain)
  return count >= 1 && count <= mostSamples ? count : undefined
}

/** 规格(MB/例): above 0 with up to 3 decimals, without needless zeros (`2000`, `0.5`); else undefined. */
export function parseSize(typed: string | number): string | undefined {
  const plain = plainNumber(typed)
  if (!/^\d{1,12}(\.\d{1,3})?$/.test(plain)) return undefined
  const thousandths = toThousandths(plain)
  return thousandths > 0n && thousandths <= mostThousandths ? fromThousandths(thousandths) : undefined
}

export type SizeUnit = 'MB' | 'GB' | 'TB'
/**
 * R18, R36: what each of so many samples has of a total, in MB, rounded to 3 decimals; undefined when the total is no number,
 * or what follows is no size.
 */
export function sizeOfEach(total: string, unit: SizeUnit, samples: number): string | undefined {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(plainNumber(total)) ?? []
  if (!whole || !parseSamples(samples)) return undefined
  // Whole numbers: 1.2 TB are 12 × 10^9 thousandths of a MB, over 10.
  const all = BigInt(whole + fraction) * 10n ** { MB: 3n, GB: 6n, TB: 9n }[unit]
  const parts = BigInt(samples) * 10n ** BigInt(fraction.length)
  return parseSize(fromThousandths((2n * all + parts) / (2n * parts)))
}

/** R36: Σ sampleCount × mbPerSample in MB, exact. */
export const totalMb = (files: readonly { sampleCount: number; mbPerSample: string }[]): string =>
  fromThousandths(
    files.reduce((sum, file) => sum + BigInt(file.sampleCount) * toThousandths(file.mbPerSample), 0n),
  )

/**
 * R36: MB below 1000 MB, GB below 1,000,000 MB, else TB; decimal units, rounded to 2 digits. What would
 * be rounded to nothing is shown exactly.
 */
export function showSize(mb: string): { value: string; unit: SizeUnit } {
  const thousandths = toThousandths(mb)
  const hundredthsOf = (divisor: bigint) => (thousandths * 100n + divisor / 2n) / divisor
  const units = [
    ['MB', 1_000n],
    ['GB', 1_000_000n],
    ['TB', 1_000_000_000n],
  ] as const
  const [unit, divisor] = units.find(([, size]) => hundredthsOf(size) < 100_000n) ?? units[2]
  const hundredths = hundredthsOf(divisor)
  return { value: hundredths === 0n ? fromThousandths(thousandths) : fromThousandths(hundredths * 10n), unit }
}

function toThousandths(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, '0'))
}

function fromThousandths(thousandths: bigint): string {
  const fraction = String(thousandths % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return String(thousandths / 1000n) + (fraction && `.${fraction}`)
}

/** `2000.000` → `2000`: numeric(10,3) as people and rules write it. */
export const plainDecimal = (numeric: string): string =>
  numeric.includes('.') ? numeric.replace(/\.?0+$/, '') : numeric
