/** Memory of the worker with open drafts: before, with all of them, and after a restart. */
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../local/processes.ts'
import type { Bench } from '../bench.ts'
import { openDraft } from '../life.ts'
import { Recorder, table } from '../measures.ts'
import { resident } from '../proc.ts'
import { people } from '../world.ts'

const atOnce = 8
const MB = 2 ** 20

export type MemoryResult = {
  drafts: number
  workerMb: { before: number; withDrafts: number; afterRestart: number; perDraft: number }
  apiMb: { before: number; withDrafts: number }
}

export async function measureMemory(bench: Bench): Promise<MemoryResult> {
  const { options, product, say } = bench
  const { drafts } = options
  const mb = (name: 'worker' | 'api') => resident(product.pid(name) ?? 0) / MB
  const before = { worker: await restMb(() => mb('worker')), api: mb('api') }
  say(`opening ${drafts} drafts with two files`)
  await openDrafts(bench, drafts)
  const after = { worker: await restMb(() => mb('worker')), api: mb('api') }
  const old = product.pid('worker')!
  process.kill(old, 'SIGTERM')
  const isBack = await until(() => product.pid('worker') !== old && mb('worker') > 0, 90_000)
  if (!isBack) throw new Error('The worker does not come back')
  await pause(15_000) // until it has caught up with what waits for it
  const afterRestart = await restMb(() => mb('worker'))
  const workerMb = {
    ...{ before: before.worker, withDrafts: after.worker, afterRestart },
    perDraft: (after.worker - before.worker) / drafts,
  }
  const apiMb = { before: before.api, withDrafts: after.api }
  say(
    table(
      ['resident MB', 'before', `with ${drafts} drafts`, 'each draft', 'after a restart'],
      [
        ['worker', before.worker, after.worker, workerMb.perDraft, afterRestart],
        ['api', before.api, after.api, (after.api - before.api) / drafts, '–'],
      ],
    ),
  )
  return { drafts, workerMb, apiMb }
}

/** Opens them, some at once; returns their paths and whose they are. */
export async function openDrafts({ persons, numbers }: Bench, howMany: number) {
  const drafts: { path: string; person: number }[] = []
  let left = howMany
  const client = async (person: number) => {
    while (left > 0) {
      left -= 1
      const n = numbers.take(person)
      const { path } = await openDraft(persons[n % people]!, n, new Recorder())
      drafts.push({ path, person: n % people })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, person) => client(person)))
  return drafts
}

/** The mean of some looks. */
async function restMb(look: () => number): Promise<number> {
  const seen: number[] = []
  for (let i = 0; i < 5; i++) {
    await pause(500)
    seen.push(look())
  }
  return seen.reduce((sum, one) => sum + one, 0) / seen.length
}
