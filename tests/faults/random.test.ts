/** A short random life under random faults, judged by the checker; `npm run test:faults` makes long ones. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProduct, type Product } from '../support/product.ts'
import { describeViolations } from './checker.ts'
import { unlimited, walkOn } from './walk.ts'
import { type FaultWorld, writeWorld } from './world.ts'

const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 1_000_000))

let product: Product
let world: FaultWorld
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hgrip-faults-'))
  world = writeWorld(folder, 3)
  product = await startProduct({ env: { ...unlimited, WORLD_DIR: folder }, twins: true })
}, 300_000)
afterAll(async () => {
  await product.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

describe('R33–R37, R54–R59 a random life under random faults', () => {
  it(`violates nothing (seed ${seed}; the same with FAULTS_SEED=${seed})`, async () => {
    const { violations, counts } = await walkOn(product, world, { seed, seconds: 25 })
    expect(describeViolations(violations)).toBe('')
    expect(counts['backups']).toBeGreaterThan(0)
    expect(counts['audit rows']).toBeGreaterThan(5)
  }, 240_000)
})
