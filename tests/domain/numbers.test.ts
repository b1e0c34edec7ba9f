import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backupNumber, checkCodeOf, referenceOf } from '../../domain/numbers.ts'

describe('R33 the backup number', () => {
  it.each([
    ['2026-11-22', 1, 'BF2026112200001'],
    ['2026-01-02', 99_999, 'BF2026010299999'],
    ['2026-01-02', 100_000, 'BF20260102100000'],
  ])('%s, serial %i → %s', (day, serial, number) => {
    expect(backupNumber(day, serial)).toBe(number)
  })
  it('is another one for another serial', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 200_000 }), (a, b) => {
        expect(backupNumber('2026-11-22', a) === backupNumber('2026-11-22', b)).toBe(a === b)
      }),
    )
  })
})

describe('the reference is 8 characters of Crockford base 32', () => {
  const bytes = fc.uint8Array({ minLength: 5, maxLength: 5 })
  it('has no I, L, O, U, and uses all 40 bits', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(referenceOf(a)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
        expect(checkCodeOf(a)).toBe(referenceOf(a).replace('-', ''))
        expect(referenceOf(a) === referenceOf(b)).toBe(Buffer.from(a).equals(b))
      }),
    )
  })
  it.each([
    [[0, 0, 0, 0, 0], '0000-0000'],
    [[255, 255, 255, 255, 255], 'ZZZZ-ZZZZ'],
    [[0, 0, 0, 0, 33], '0000-0011'],
  ])('%j → %s', (given, reference) => {
    expect(referenceOf(Uint8Array.from(given))).toBe(reference)
  })
})
