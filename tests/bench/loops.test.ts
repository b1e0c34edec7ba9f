import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { closedLoop, Numbers, openLoop } from './loops.ts'
import { readOptions } from './options.ts'
import { people } from './world.ts'

describe('numbers of lives', () => {
  it('are given once, and each belongs to the person who asks', () => {
    const numbers = new Numbers(1000)
    const taken = [0, 0, 3, 3, people + 3].map((person) => numbers.take(person))
    expect(taken).toEqual([0, people, 3, people + 3, 2 * people + 3])
  })
  it('end with the data sets of the world', () => {
    const numbers = new Numbers(people + 1)
    expect([numbers.take(0), numbers.take(0)]).toEqual([0, people])
    expect(() => numbers.take(0)).toThrow('raise --lives')
  })
})

describe('a closed loop', () => {
  it('keeps each client at one life at a time, and counts only what ended in time', async () => {
    let now = 0
    let most = 0
    const live = async () => {
      most = Math.max(most, (now += 1))
      await pause(20)
      now -= 1
    }
    const lived = await closedLoop(live, new Numbers(10_000), { clients: 4, seconds: 0.5 })
    expect(most).toBe(4)
    expect(lived.failures).toEqual([])
    // The last life of each client ends too late to count.
    expect(lived.perSecond * 0.5).toBe(lived.lives - 4)
  })
  it('tells of lives that failed, and does not count them', async () => {
    const live = (n: number) => (n >= people ? Promise.reject(new Error('no')) : pause(40))
    const lived = await closedLoop(live, new Numbers(3 * people), { clients: 1, seconds: 0.03 })
    expect(lived).toMatchObject({ lives: 1, failures: [] })
    const failing = () => pause(10).then(() => Promise.reject(new Error('no')))
    const failed = await closedLoop(failing, new Numbers(10_000), { clients: 1, seconds: 0.05 })
    expect(failed.lives).toBe(0)
    expect(failed.failures[0]).toBe('Error: no')
  })
})

it('an open loop begins lives by the clock, also while others have not ended', async () => {
  const began: number[] = []
  const live = async () => {
    began.push(performance.now())
    await pause(300)
  }
  const lived = await openLoop(live, new Numbers(1000), { perSecond: 20, seconds: 0.5 })
  expect(lived.lives).toBe(10)
  const span = began.at(-1)! - began[0]!
  expect(span).toBeGreaterThan(400)
})

describe('what the command line says', () => {
  it('without a part: all but reads', () => {
    expect(readOptions([]).parts).toEqual(['life', 'pages', 'paint', 'memory', 'kill', 'compare'])
  })
  it('parts and options', () => {
    const read = readOptions(['reads', 'life', '--server', '--clients', '2,8', '--rows', '50000'])
    expect(read).toMatchObject({ parts: ['reads', 'life'], server: true, clients: [2, 8], rows: 50_000 })
  })
  it.each([[['lives']], [['--clients', '0']], [['--seconds', 'ten']]])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow('npm run bench')
  })
})
