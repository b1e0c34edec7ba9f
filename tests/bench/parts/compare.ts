/** Product, naive Temporal and plain SQL, in turns, on the same servers and stand-ins in the same run. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { naiveArm } from '../arms/naive/arm.ts'
import { plainArm } from '../arms/plain/arm.ts'
import { type Bench, measure, type Measured, processesOf } from '../bench.ts'
import type { Arm } from '../life.ts'
import { closedLoop, Numbers } from '../loops.ts'
import { table } from '../measures.ts'
import type { Processes } from '../proc.ts'
import { addNamespace } from '../../support/namespace.ts'
import { showLives, showStorage, showTimes, type Row } from '../show.ts'

const namespace = 'naive'
type Runner = { arm: Arm; processes: Processes; numbers: Numbers }
export type CompareResult = { rounds: Record<string, Measured[]>; productToNaive: number[] }

export async function compare(bench: Bench): Promise<CompareResult> {
  const { options, say, product } = bench
  const clients = options.clients.at(-1) ?? 16
  const { temporal = [], ...others } = processesOf(bench)
  const postgres = Object.fromEntries(Object.entries(others).filter(([name]) => name.startsWith('postgres')))
  const children: ChildProcess[] = []
  const connection = await Connection.connect({ address: product.temporalAddress })
  try {
    await addNamespace(product.temporalAddress, namespace)
    const naive = await startArm(bench, 'naive', 'worker.ts')
    const plain = await startArm(bench, 'plain', 'server.ts')
    children.push(naive.child, plain.child)
    const client = new Client({ connection, namespace })
    const numbers = () => new Numbers(options.lives) // these arms have no limits a person or data set
    const runners: Runner[] = [
      { arm: bench.arm, processes: processesOf(bench), numbers: bench.numbers },
      {
        arm: naiveArm(client, product.control),
        processes: { worker: [naive.child.pid ?? 0], temporal, ...postgres },
        numbers: numbers(),
      },
      {
        arm: plainArm(plain.port, product.control),
        processes: { api: [plain.child.pid ?? 0], ...postgres },
        numbers: numbers(),
      },
    ]
    for (const { arm, numbers } of runners) {
      say(`warming up: ${arm.name}`)
      await closedLoop(arm.live, numbers, { clients, seconds: options.warmUp })
      await arm.acknowledged()
    }
    const rows: Row[] = []
    for (let round = 1; round <= options.rounds; round++) {
      for (const { arm, processes, numbers } of runners) {
        say(`round ${round}: ${arm.name}, ${clients} clients, ${options.seconds} s`)
        const run = () => closedLoop(arm.live, numbers, { clients, seconds: options.seconds })
        rows.push({ label: `${arm.name} ${round}`, measured: await measure(bench, arm, processes, run) })
      }
    }
    return report(rows, say)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await connection.close()
  }
}

function report(rows: Row[], say: Bench['say']): CompareResult {
  const rounds: Record<string, Measured[]> = {}
  for (const { measured } of rows) (rounds[measured.arm] ??= []).push(measured)
  const of = (name: string, at: number) => rounds[name]?.[at]?.cpuTotal ?? NaN
  const productToNaive = (rounds['product'] ?? []).map((one, at) => one.cpuTotal / of('naive Temporal', at))
  say(`\n${showLives(rows)}\n\n${showTimes(rows)}\n\n${showStorage(rows)}\n`)
  const ratios = productToNaive.map((ratio, at) => [
    `round ${at + 1}`,
    ratio.toFixed(3),
    ((rounds['product']?.[at]?.cpuTotal ?? NaN) / of('plain SQL', at)).toFixed(1),
  ])
  say(table(['CPU a life', 'product ÷ naive', 'product ÷ plain'], ratios))
  const failed = rows.filter(({ measured }) => measured.failures.length > 0)
  for (const { label, measured } of failed)
    say(`${label}: ${measured.failures.length} lives failed: ${measured.failures[0]}`)
  return { rounds, productToNaive }
}

/** Its own process and its own database beside the application's. */
async function startArm(
  { product }: Bench,
  name: string,
  script: string,
): Promise<{ child: ChildProcess; port: number }> {
  const database = `arm_${name}`
  const owner = new pg.Client({ connectionString: product.databaseUrl('postgres') })
  await owner.connect()
  await owner.query(`create database ${database}`).finally(() => owner.end())
  const child = fork(join(import.meta.dirname, '../arms', name, script), {
    env: {
      ...product.outside,
      ARM_DATABASE_URL: product.databaseUrl(database),
      ARM_NAMESPACE: namespace,
      TEMPORAL_ADDRESS: product.temporalAddress,
    },
  })
  return await new Promise((resolve, reject) => {
    child.once('message', (message: { port?: number }) => resolve({ child, port: message.port ?? 0 }))
    child.once('exit', (code) => reject(new Error(`The arm ${name} ended with ${code}`)))
  })
}
