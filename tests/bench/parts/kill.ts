/** kill -9 of each process with drafts open: how long until every draft has answered a command. */
import type { Bench } from '../bench.ts'
import { table } from '../measures.ts'
import { openDrafts } from './memory.ts'

const drafts = 30
const victims = ['worker', 'api', 'temporal', 'postgres'] as const
const times = 3

/** Seconds, by process. */
export type KillResult = Record<(typeof victims)[number], number[]>

export async function measureKills(bench: Bench): Promise<KillResult> {
  const { persons, say } = bench
  const open = await openDrafts(bench, drafts)
  let edits = 0
  const edit = async ({ path, person }: (typeof open)[number]) => {
    const body = { name: `改名 ${(edits += 1)}`, contentTypes: ['wgs'] }
    await persons[person]!.visitor.command('PATCH', path, body)
  }
  const editAll = async () => {
    for (const draft of open) await edit(draft) // one after the other: a crowd would measure the crowd
  }
  await editAll()
  const seconds: KillResult = { worker: [], api: [], temporal: [], postgres: [] }
  for (let round = 0; round < times; round++) {
    for (const victim of victims) {
      await editAll() // everything is well and cached before each kill
      const began = performance.now()
      await kill(bench, victim)
      // A draft that does not answer in the client's patience makes the figure infinite; the other kills go on.
      const answered = await Promise.allSettled(open.map(edit))
      const silent = answered.filter(({ status }) => status === 'rejected')
      const took = silent.length > 0 ? Infinity : (performance.now() - began) / 1000
      seconds[victim].push(took)
      say(
        `${victim}: ${silent.length > 0 ? `${silent.length} drafts do not answer` : `${took.toFixed(1)} s`}`,
      )
    }
  }
  const before = performance.now()
  await Promise.all(open.map(edit))
  const usual = (performance.now() - before) / 1000
  say(
    table(
      [`s until ${drafts} drafts have answered`, ...Array.from({ length: times }, (_, i) => `${i + 1}.`)],
      [...Object.entries(seconds).map(([victim, each]) => [victim, ...each]), ['none killed', usual]],
    ),
  )
  return seconds
}

async function kill({ product, server }: Bench, victim: (typeof victims)[number]): Promise<void> {
  if (victim === 'temporal' && server) return await server.killAndRestart()
  const pid = product.pid(victim)
  if (pid === undefined) throw new Error(`There is no ${victim}`)
  process.kill(pid, 'SIGKILL')
}
