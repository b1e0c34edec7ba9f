/** kill -9 of each process with drafts open: how long until every draft has answered a command. */
import type { Bench } from '../bench.ts'
import { percentile, table } from '../measures.ts'
import { openDrafts } from './memory.ts'

const drafts = 30
const victims = ['worker', 'api', 'temporal', 'postgres'] as const
const times = 3

/** Seconds from the kill until a draft has answered. */
type Answered = { first: number; median: number; last: number }
export type KillResult = Record<(typeof victims)[number], Answered[]>

export async function measureKills(bench: Bench): Promise<KillResult> {
  const { persons, say } = bench
  const open = await openDrafts(bench, drafts)
  let edits = 0
  const edit = async ({ path, person }: (typeof open)[number]) => {
    const body = { name: `改名 ${(edits += 1)}`, contentTypes: ['wgs'] }
    await persons[person]!.visitor.command('PATCH', path, body)
  }
  /** Asks all at once. A draft that does not answer in the client's patience counts as never. */
  const askAll = async (): Promise<Answered> => {
    const began = performance.now()
    const seconds = await Promise.all(
      open.map((draft) =>
        edit(draft).then(
          () => (performance.now() - began) / 1000,
          () => Infinity,
        ),
      ),
    )
    return { first: Math.min(...seconds), median: percentile(seconds, 50), last: Math.max(...seconds) }
  }
  const rows: [string, Answered][] = [['none killed', await askAll()]]
  const result: KillResult = { worker: [], api: [], temporal: [], postgres: [] }
  for (const victim of victims) {
    for (let time = 1; time <= times; time++) {
      for (const draft of open) await edit(draft) // everything is well and cached before each kill
      await kill(bench, victim)
      const answered = await askAll()
      result[victim].push(answered)
      rows.push([`${victim}, ${time}.`, answered])
      say(`${victim}: ${answered.last.toFixed(1)} s`)
    }
  }
  const head = [`kill -9, s until ${drafts} drafts have answered`, 'the first', 'half', 'all']
  say(
    table(
      head,
      rows.map(([name, { first, median, last }]) => [name, first, median, last]),
    ),
  )
  return result
}

async function kill({ product, server }: Bench, victim: (typeof victims)[number]): Promise<void> {
  if (victim === 'temporal' && server) return await server.killAndRestart()
  const pid = product.pid(victim)
  if (pid === undefined) throw new Error(`There is no ${victim}`)
  process.kill(pid, 'SIGKILL')
}
