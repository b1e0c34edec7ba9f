/** Closed loop at each number of clients, open loop at half load, statements, the first code on a cold connection. */
import { type Bench, measure, type Measured, processesOf } from '../bench.ts'
import { readCode } from '../life.ts'
import { openDraft } from '../life.ts'
import { closedLoop, openLoop } from '../loops.ts'
import { percentile, Recorder, table } from '../measures.ts'
import { showLives, showStorage, showTimes, type Row } from '../show.ts'
import { count, type Counted, listen } from '../statements.ts'
import { dataSetsOf, people } from '../world.ts'

const statementLives = 6
const coldCodes = 5

export type LifeResult = {
  loops: Record<string, Measured>
  statements: Record<string, Counted>
  firstCodeMs: number
  coldCodeMs: number[]
}

export async function measureLife(bench: Bench): Promise<LifeResult> {
  const { arm, numbers, options, say } = bench
  const processes = processesOf(bench)
  const { warmUp, seconds } = options
  const first = new Recorder()
  await arm.live(numbers.take(0), first)
  say('warming up')
  await closedLoop(arm.live, numbers, { clients: Math.max(...options.clients), seconds: warmUp })
  const rows: Row[] = []
  for (const clients of options.clients) {
    say(`${clients} clients, closed loop, ${seconds} s`)
    const measured = await measure(bench, arm, processes, () =>
      closedLoop(arm.live, numbers, { clients, seconds }),
    )
    rows.push({ label: `${clients} closed`, measured })
  }
  const perSecond = Math.max(...rows.map(({ measured }) => measured.perSecond)) / 2
  say(`half load, open loop, ${perSecond.toFixed(1)} lives/s`)
  const half = await measure(bench, arm, processes, () => openLoop(arm.live, numbers, { perSecond, seconds }))
  rows.push({ label: 'half load open', measured: half })
  say('counting statements')
  const statements = await countStatements(bench)
  const coldCodeMs = await timeColdCodes(bench)
  const firstCodeMs = first.all()['send code']?.p50 ?? NaN

  say(`\n${showLives(rows)}\n\n${showTimes(rows)}\n\n${showStorage(rows)}\n`)
  say(showStatements(statements))
  say(
    `\nsend code, one client: the first after the start ${firstCodeMs.toFixed(0)} ms; ` +
      `on a cold connection ${percentile(coldCodeMs, 50).toFixed(0)} ms (median of ${coldCodes})\n`,
  )
  return {
    loops: Object.fromEntries(rows.map(({ label, measured }) => [label, measured])),
    ...{ statements, firstCodeMs, coldCodeMs },
  }
}

/** Statements of each action: the median of some lives, one after the other. */
async function countStatements(bench: Bench): Promise<Record<string, Counted>> {
  const { arm, numbers, product } = bench
  const log = await listen(product.databaseUrl('postgres'), product.postgresLog)
  try {
    const seen = new Map<string, Counted[]>()
    for (let life = 0; life < statementLives; life++) {
      await arm.live(numbers.take(0), {
        time: async <T>(name: string, work: () => Promise<T>): Promise<T> => {
          const { result, statements } = await log.during(work)
          seen.set(name, [...(seen.get(name) ?? []), count(statements)])
          return result
        },
      } as Recorder)
    }
    return Object.fromEntries([...seen].map(([name, counted]) => [name, medianOf(counted)]))
  } finally {
    await log.stop()
  }
}

function medianOf(counted: readonly Counted[]): Counted {
  const median = (of: (one: Counted) => number) => percentile(counted.map(of), 50)
  const users = [...new Set(counted.flatMap(({ byUser }) => Object.keys(byUser)))]
  return {
    statements: median(({ statements }) => statements),
    messages: median(({ messages }) => messages),
    byUser: Object.fromEntries(users.map((user) => [user, median(({ byUser }) => byUser[user] ?? 0)])),
  }
}

function showStatements(statements: Record<string, Counted>): string {
  const rows = Object.entries(statements)
  const sum = (of: (one: Counted) => number) => rows.reduce((total, [, one]) => total + of(one), 0)
  const cells = (name: string, of: (pick: (one: Counted) => number) => number) => [
    name,
    of(({ statements }) => statements),
    of(({ messages }) => messages),
    of(({ byUser }) => byUser['hgrip_api'] ?? 0),
    of(({ byUser }) => byUser['hgrip_worker'] ?? 0),
  ]
  return table(
    ['statements (log_statement)', 'statements', 'messages', 'api', 'worker'],
    [...rows.map(([name, one]) => cells(name, (pick) => pick(one))), cells('a life', sum)],
  )
}

/** Before each code the mail stand-in closes all connections, so none is kept open. */
async function timeColdCodes({ persons, numbers, product }: Bench): Promise<number[]> {
  const times: number[] = []
  const fault = async (mode: string) => {
    const headers = { 'content-type': 'application/json' }
    await fetch(`${product.control}/faults/mail`, { method: 'PUT', headers, body: JSON.stringify({ mode }) })
  }
  for (let i = 0; i < coldCodes; i++) {
    const n = numbers.take(i)
    const person = persons[n % people]!
    const { filePath } = await openDraft(person, n, new Recorder())
    await fault('down')
    await fault('ok')
    const began = performance.now()
    await person.visitor.command('POST', `${filePath}/code`)
    times.push(performance.now() - began)
    await readCode(product.control, dataSetsOf(n).other.account)
  }
  return times
}
