/** `npm run test:faults -- --seed N --minutes M`: a long random run; ends with 1 when something is violated. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeViolations } from './checker.ts'
import { walk } from './walk.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    people: { type: 'string', default: '4' },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const seconds = Number(values.minutes) * 60
const people = Number(values.people)
if (![seed, seconds, people].every((number) => number >= 0) || people < 1 || people > 9)
  throw new Error('--seed N --minutes M --people 1…9')

const began = Date.now()
const say = (line: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${line}`)
console.log(`seed ${seed}, ${values.minutes} min, ${people} people`)
const { violations, evidence, counts } = await walk({ seed, seconds, people, say })
for (const [what, count] of Object.entries(counts)) console.log(`${String(count).padStart(7)}  ${what}`)
if (violations.length > 0) {
  const kept = join(tmpdir(), `hgrip-faults-${seed}.json`)
  writeFileSync(kept, JSON.stringify(evidence))
  console.log(describeViolations(violations))
  console.log(`${violations.length} violations with seed ${seed}; everything that was seen: ${kept}`)
}
console.log(violations.length === 0 ? `No violation with seed ${seed}` : 'Violated')
process.exit(violations.length === 0 ? 0 : 1)
