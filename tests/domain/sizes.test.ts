import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSamples, parseSize, showSize, sizeOfEach, totalMb } from '../../domain/sizes.ts'

describe('R18 合计例数 is a whole number of 1 or more', () => {
  it.each([
    ['1', 1],
    [1, 1],
    [' 50 ', 50],
    ['007', 7],
    ['１２３', 123],
    ['1,234,567', 1_234_567],
    ['１，２３４', 1234],
    ['99999999', 99_999_999],
    ['99,999,999', 99_999_999],
    ['50.0', 50],
    ['1\u2009234\u2009567', 1_234_567],
    ['1\u202f234', 1234],
    ['\u200b12\ufeff', 12],
  ])('%j is read as %i', (typed, count) => {
    expect(parseSamples(typed)).toBe(count)
  })
  it.each([
    '',
    '0',
    0,
    '-1',
    '+1',
    '.5',
    '1.5',
    '10²',
    '⑩',
    '㊿',
    'Ⅷ',
    '①',
    '²',
    '١٢',
    '1,234\u2009567',
    '1 234',
    1.5,
    '1e3',
    '0x10',
    '12,34',
    ',123',
    '1,2345',
    '100000000',
    '十',
    NaN,
    Infinity,
    1e21,
  ])('%j is none', (typed) => {
    expect(parseSamples(typed)).toBeUndefined()
  })
})

describe('R18 规格 is above 0 with up to 3 decimals', () => {
  it.each([
    ['2000', '2000'],
    [2000, '2000'],
    ['0.5', '0.5'],
    ['0.500', '0.5'],
    ['000.001', '0.001'],
    ['１．５', '1.5'],
    ['2,000.25', '2000.25'],
    ['9999999.999', '9999999.999'],
    ['9,999,999.999', '9999999.999'],
    ['.5', '0.5'],
    ['．５', '0.5'],
    ['50.0', '50'],
    ['50.0000', '50'],
    ['1.2500', '1.25'],
    ['2\u2009000.25', '2000.25'],
    ['2\u00a0000', '2000'],
  ])('%j is read as %s', (typed, size) => {
    expect(parseSize(typed)).toBe(size)
  })
  it.each([
    '',
    '0',
    '0.000',
    '.',
    '5.',
    '10³',
    '⑩',
    '½',
    '-1',
    '1.0001',
    '0.0001',
    1e-7,
    '1,5',
    '1.5.2',
    '10000000',
    'NaN',
    NaN,
    '2 000',
  ])('%j is none', (typed) => {
    expect(parseSize(typed)).toBeUndefined()
  })
  it('reads what it wrote as the same, in a form numeric(10,3) keeps', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 9_999_999_999n), (thousandths) => {
        const size = parseSize(`${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, '0')}`)
        expect(size).toMatch(/^(0|[1-9]\d{0,6})(\.\d{0,2}[1-9])?$/)
        expect(parseSize(size ?? '')).toBe(size)
      }),
    )
  })
})

const file = fc.record({
  sampleCount: fc.integer({ min: 1, max: 99_999_999 }),
  thousandths: fc.integer({ min: 1, max: 9_999_999_999 }),
})
const decimal = (thousandths: bigint): string => {
  const text = String(thousandths).padStart(4, '0')
  return `${text.slice(0, -3)}.${text.slice(-3)}`.replace(/\.?0+$/, '')
}

describe('R36 总数据量 is exact', () => {
  it('equals the sum in whole thousandths', () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 200 }), (files) => {
        const model = files.reduce((sum, one) => sum + BigInt(one.sampleCount) * BigInt(one.thousandths), 0n)
        const said = files.map((one) => ({
          sampleCount: one.sampleCount,
          mbPerSample: decimal(BigInt(one.thousandths)),
        }))
        expect(totalMb(said)).toBe(decimal(model))
      }),
    )
  })
  it.each([
    [[], '0'],
    [[[3, '0.1']], '0.3'],
    [
      [
        [10, '0.7'],
        [1, '0.001'],
      ],
      '7.001',
    ],
    [
      [
        [99_999_999, '9999999.999'],
        [99_999_999, '9999999.999'],
      ],
      '1999999979800000.002',
    ],
  ] as const)('%j → %s', (files, total) => {
    expect(totalMb(files.map(([sampleCount, mbPerSample]) => ({ sampleCount, mbPerSample })))).toBe(total)
  })
})

describe('R36 a size is shown in MB, GB or TB', () => {
  it.each([
    ['0', '0', 'MB'],
    ['0.01', '0.01', 'MB'],
    ['0.125', '0.13', 'MB'],
    ['999.99', '999.99', 'MB'],
    ['1000', '1', 'GB'],
    ['1234.5', '1.23', 'GB'],
    ['1235', '1.24', 'GB'],
    ['200000', '200', 'GB'],
    ['999990', '999.99', 'GB'],
    ['1000000', '1', 'TB'],
    ['1500000', '1.5', 'TB'],
    ['12345678900', '12345.68', 'TB'],
  ])('%s MB → %s %s', (mb, value, unit) => {
    expect(showSize(mb)).toEqual({ value, unit })
  })
  it('is never further off than half a hundredth of its unit', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 18n), (thousandths) => {
        const { value, unit } = showSize(decimal(thousandths))
        const unitThousandths = { MB: 1_000n, GB: 1_000_000n, TB: 1_000_000_000n }[unit]
        const [whole = '0', fraction = ''] = value.split('.')
        // What would be rounded to nothing is shown exactly.
        if (thousandths < 5n) {
          expect(value).toBe(decimal(thousandths))
          return
        }
        const hundredths = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'))
        const off = hundredths * unitThousandths - thousandths * 100n
        expect((off < 0n ? -off : off) * 2n <= unitThousandths).toBe(true)
        expect(fraction.length).toBeLessThanOrEqual(2)
      }),
    )
  })
})

describe('R18 the size of each sample follows from the size of all', () => {
  it.each([
    ['1.2', 'TB', 300, '4000'],
    ['1.234567', 'TB', 1, '1234567'],
    ['1.2345678901', 'TB', 1, '1234567.89'],
    ['0.1', 'GB', 3, '33.333'],
    ['100', 'GB', 3, '33333.333'],
    ['200', 'GB', 3, '66666.667'],
    ['１，０００', 'MB', 4, '250'],
    [' 45,000,000 ', 'MB', 300, '150000'],
    ['.5', 'GB', 1, '500'],
    ['1', 'MB', 2_000, '0.001'],
    ['1', 'MB', 2_001, undefined],
    ['0', 'GB', 3, undefined],
    ['', 'GB', 3, undefined],
    ['1.2.3', 'GB', 3, undefined],
    ['1.', 'GB', 3, undefined],
    ['-1', 'GB', 3, undefined],
    ['1 TB', 'TB', 3, undefined],
    ['9000', 'TB', 1, undefined],
    ['1', 'GB', 0, undefined],
    ['1', 'GB', 1.5, undefined],
    ['1', 'GB', NaN, undefined],
  ] as const)('%j %s of %d samples: %s MB each', (total, unit, samples, each) => {
    expect(sizeOfEach(total, unit, samples)).toBe(each)
  })
  it('is what it was when the total came of it, and never further off than half a thousandth', () => {
    fc.assert(
      fc.property(file, ({ sampleCount, thousandths }) => {
        const mbPerSample = decimal(BigInt(thousandths))
        const total = totalMb([{ sampleCount, mbPerSample }])
        if (/^\d{1,12}(\.|$)/.test(total)) expect(sizeOfEach(total, 'MB', sampleCount)).toBe(mbPerSample)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 9n), fc.integer({ min: 1, max: 10_000 }), (total, samples) => {
        const each = sizeOfEach(String(total), 'MB', samples)
        if (each === undefined) return
        const off = BigInt(Math.round(Number(each) * 1000)) * BigInt(samples) - total * 1000n
        expect((off < 0n ? -off : off) * 2n <= BigInt(samples)).toBe(true)
      }),
    )
  })
})
