import { describe, expect, it } from 'vitest'
import { percentile, Recorder, short, table, timesOf } from './measures.ts'

describe('percentiles are values that were measured, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1).toReversed()
  it.each([
    [50, 50],
    [99, 99],
    [100, 100],
    [0, 1],
  ])('the %i. of 1 … 100, given backwards, is %i', (percent, value) => {
    expect(percentile(hundred, percent)).toBe(value)
  })
  it('the 99. of a few is the greatest, the 50. of two the smaller', () => {
    expect(percentile([3, 1, 2], 99)).toBe(3)
    expect(percentile([10, 20], 50)).toBe(10)
  })
  it('of nothing there is none', () => {
    expect(percentile([], 50)).toBeNaN()
  })
  it('numbers are ordered as numbers', () => {
    expect(timesOf([9, 10, 100])).toEqual({ count: 3, p50: 10, p99: 100, max: 100 })
  })
})

describe('a recorder', () => {
  it('keeps times by name and takes them together', () => {
    const recorder = new Recorder()
    for (const ms of [1, 2, 3]) recorder.add('a', ms)
    recorder.add('b', 10)
    expect(recorder.all()).toMatchObject({ a: { count: 3, p50: 2 }, b: { count: 1, max: 10 } })
    expect(recorder.together()).toEqual({ count: 4, p50: 2, p99: 10, max: 10 })
    expect(recorder.together('b')).toMatchObject({ count: 3, max: 3 })
  })
  it('keeps no time of what failed', async () => {
    const recorder = new Recorder()
    await expect(recorder.time('a', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await recorder.time('b', () => Promise.resolve())
    expect(Object.keys(recorder.all())).toEqual(['b'])
  })
})

it('tables: numbers at the right, short, and a dash for what is not known', () => {
  expect([0.01234, 12.345, 123.6, 12_345, NaN, Infinity].map(short)).toEqual([
    '0.0123',
    '12.3',
    '124',
    '12,345',
    '–',
    'never',
  ])
  expect(
    table(
      ['what', 'ms'],
      [
        ['a click', 12.345],
        ['b', '–'],
      ],
    ),
  ).toBe(['| what    |   ms |', '|---------|-----:|', '| a click | 12.3 |', '| b       |    – |'].join('\n'))
})
