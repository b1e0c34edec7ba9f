/** `npm run bench`: measures the product of the folder that it is started in. See docs/performance.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Bench, openBench } from './bench.ts'
import { machine } from './machine.ts'
import { type Part, readOptions } from './options.ts'
import { compare } from './parts/compare.ts'
import { measureKills } from './parts/kill.ts'
import { measureLife } from './parts/life.ts'
import { measureMemory } from './parts/memory.ts'
import { measurePages } from './parts/pages.ts'
import { measurePaint } from './parts/paint.ts'
import { measureReads } from './parts/reads.ts'

const measureOf: Record<Part, (bench: Bench) => Promise<unknown>> = {
  life: measureLife,
  pages: measurePages,
  paint: measurePaint,
  memory: measureMemory,
  kill: measureKills,
  reads: measureReads,
  compare,
}

const options = readOptions(process.argv.slice(2))
const say = (line: string) => console.log(line)
const results: Record<string, unknown> = { options }
mkdirSync(dirname(options.out), { recursive: true })

const stops: (() => Promise<void>)[] = []
/** Newest first; each thing once, however often it is asked. */
async function stopAll(): Promise<void> {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop()
}
// The processes have groups of their own: they would outlive this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(130)))

try {
  const bench = await openBench(options, say, (stop) => stops.push(stop))
  const kind = options.server
    ? 'server 1.32.1, postgres12_pgx, 128 shards'
    : 'dev server of npm start, SQLite'
  const facts = await machine(bench.product.databaseUrl('postgres'), kind)
  results['machine'] = facts
  for (const [name, value] of Object.entries(facts)) say(`${name.padEnd(12)} ${value}`)
  for (const part of options.parts) {
    say(`\n## ${part}`)
    results[part] = await measureOf[part](bench)
    writeFileSync(options.out, JSON.stringify(results, null, 1))
  }
  say(`everything as JSON: ${options.out}`)
} finally {
  await stopAll()
}
process.exit(0)
