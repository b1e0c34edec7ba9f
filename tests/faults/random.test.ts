/** A short random life under random faults, judged by the checker; `npm run test:faults` makes long ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeViolations } from './checker.ts'
import { startWorld, walkOn } from './walk.ts'

const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 1_000_000))

let started: Awaited<ReturnType<typeof startWorld>>
beforeAll(async () => {
  started = await startWorld(3)
}, 300_000)
afterAll(() => started.stop(), 60_000)

describe('R33–R37, R54–R59 a random life under random faults', () => {
  it(`violates nothing (seed ${seed}; the same with FAULTS_SEED=${seed})`, async () => {
    const { violations, counts } = await walkOn(started.product, started.world, { seed, seconds: 25 })
    expect(describeViolations(violations)).toBe('')
    expect(counts['backups']).toBeGreaterThan(0)
    expect(counts['audit rows']).toBeGreaterThan(5)
  }, 240_000)
})
