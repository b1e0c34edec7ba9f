/** What every part works on: the product with its server and people, and how a stretch of lives is measured. */
import { arrivePeople, type Arm, type Clicks, productArm } from './life.ts'
import { type Counts, perLife, readCounts } from './counters.ts'
import { type Histories, readHistories } from './histories.ts'
import { type Lived, Numbers } from './loops.ts'
import type { Times } from './measures.ts'
import type { Options } from './options.ts'
import { busySeconds, cpuSeconds, type Processes } from './proc.ts'
import { type Product, startProduct } from './product.ts'
import { startServer, type TemporalServer } from './server/start.ts'

export type Bench = {
  options: Options
  product: Product
  server: TemporalServer | undefined
  persons: Clicks[]
  numbers: Numbers
  arm: Arm
  say: (line: string) => void
}

/** `atEnd` is told how to stop each thing that was started, as soon as it runs. */
export async function openBench(
  options: Options,
  say: (line: string) => void,
  atEnd: (stop: () => Promise<void>) => void,
): Promise<Bench> {
  const server = options.server ? await startServer(say) : undefined
  if (server) atEnd(server.stop)
  await server?.addNamespace('hgrip')
  say('starting the product')
  const product = await startProduct({ lives: options.lives, temporal: server?.address })
  atEnd(product.stop)
  const persons = await arrivePeople(product.url)
  const arm = productArm(product.control, persons)
  return { options, product, server, persons, numbers: new Numbers(options.lives), arm, say }
}

/** What is counted; stand-ins and client are not. */
export function processesOf({ product, server }: Bench): Processes {
  const pids = (pid: number | undefined) => (pid === undefined ? [] : [pid])
  const own = {
    api: pids(product.pid('api')),
    worker: pids(product.pid('worker')),
    temporal: server ? [server.pid()] : pids(product.pid('temporal')),
  }
  // On the dev server Temporal keeps its state in a file; there is no Postgres of its own.
  if (!server) return { ...own, postgres: pids(product.pid('postgres')) }
  return {
    ...own,
    'postgres app': pids(product.pid('postgres')),
    'postgres temporal': [server.postgres.pid],
  }
}

export type Measured = {
  arm: string
  lives: number
  failures: string[]
  perSecond: number
  /** CPU milliseconds a life, by process, and their sum. */
  cpu: Record<string, number>
  cpuTotal: number
  /** Of those that are not counted: stand-ins, and the client in this process. */
  apart: Record<string, number>
  /** Cores that others kept busy meanwhile: above 0.1, the times are not to be trusted. */
  others: number
  times: Record<string, Times>
  click: Times
  app: Counts
  temporal: Counts | null
  histories: Histories | null
}

/** Measures what `run` lives, until everything is acknowledged. */
export async function measure(
  bench: Bench,
  arm: Arm,
  processes: Processes,
  run: () => Promise<Lived>,
): Promise<Measured> {
  const { product, server } = bench
  const apart = () => {
    const { user, system } = process.cpuUsage() // of this process alone, which is the client
    return { ...cpuSeconds({ 'stand-ins': [product.pid('stand-ins') ?? 0] }), client: (user + system) / 1e6 }
  }
  const counts = async () => ({
    app: await readCounts(product.databaseUrl('postgres')),
    temporal: server ? await readCounts(server.postgres.url('postgres')) : null,
  })
  const before = await counts()
  const cpuBefore = cpuSeconds(processes)
  const apartBefore = apart()
  const busyBefore = busySeconds()
  const began = performance.now()
  const lived = await run()
  await arm.acknowledged()
  const cpuAfter = cpuSeconds(processes)
  const apartAfter = apart()
  const elapsed = (performance.now() - began) / 1000
  const ours = sumOf(cpuAfter) - sumOf(cpuBefore) + sumOf(apartAfter) - sumOf(apartBefore)
  const others = (busySeconds() - busyBefore - ours) / elapsed
  const after = await counts()
  const each = (a: Record<string, number>, b: Record<string, number>) =>
    Object.fromEntries(
      Object.keys(b).map((key) => [key, (((b[key] ?? 0) - (a[key] ?? 0)) * 1000) / lived.lives]),
    )
  const cpu = each(cpuBefore, cpuAfter)
  const workflows = arm.workflows()
  // Said at once: a run that is interrupted later has not been for nothing.
  bench.say(
    `  ${lived.perSecond.toFixed(2)} lives/s, ${sumOf(cpu).toFixed(1)} ms of CPU a life, others ${others.toFixed(2)} cores`,
  )
  return {
    arm: arm.name,
    lives: lived.lives,
    failures: lived.failures,
    perSecond: lived.perSecond,
    cpu,
    cpuTotal: sumOf(cpu),
    others,
    apart: each(apartBefore, apartAfter),
    times: lived.recorder.all(),
    click: lived.recorder.together(),
    app: perLife(before.app, after.app, lived.lives),
    temporal: before.temporal && after.temporal && perLife(before.temporal, after.temporal, lived.lives),
    histories: workflows.ids.length > 0 ? await readHistories(product.temporalAddress, workflows) : null,
  }
}

export const sumOf = (numbers: Record<string, number>): number =>
  Object.values(numbers).reduce((sum, one) => sum + one, 0)
