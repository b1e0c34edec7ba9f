/** The product as `npm start` runs it, in a folder of its own, from the folder that the bench is started in. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCluster } from '../../local/postgres.ts'
import { until } from '../../local/processes.ts'
import { environmentOf } from './proc.ts'
import { writeWorld } from './world.ts'

type Run = {
  ready: boolean
  urls: { product: string; control: string }
  children: Record<string, { pid: number; ports: number[] }>
}
type ProcessName = 'api' | 'worker' | 'stand-ins' | 'temporal' | 'postgres'

export type Product = {
  folder: string
  url: string
  control: string
  temporalAddress: string
  /** Undefined: we did not start Temporal. */
  pid: (name: ProcessName) => number | undefined
  /** As the superuser. */
  databaseUrl: (database: string) => string
  postgresLog: string
  /** Addresses and tokens of the stand-ins, as the worker is told them. */
  outside: Record<string, string>
  stop: () => Promise<void>
}

/** Measurements come from one address and a few accounts. */
const patientLimits = Object.fromEntries(
  ['READS', 'WRITES', 'ANONYMOUS', 'SIGN_INS'].map((kind) => [`${kind}_PER_MINUTE`, '100000000']),
)

/** `temporal`: the address of a server that is running; without one `npm start` brings its dev server. */
export async function startProduct({
  lives,
  temporal,
}: {
  lives: number
  temporal?: string | undefined
}): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-bench-'))
  const world = join(folder, 'world')
  writeWorld(world, lives)
  const runFile = join(folder, 'run.json')
  const run = () => JSON.parse(readFileSync(runFile, 'utf8')) as Run
  let output = ''
  const child: ChildProcess = spawn(process.execPath, ['local/start.ts'], {
    cwd: process.cwd(),
    env: {
      ...process.env,
      ...{ DATA_DIR: folder, WORLD_DIR: world, PORT: '0', CONTROL_PORT: '0', TEMPORAL_UI_PORT: '0' },
      ...patientLimits,
      ...(temporal !== undefined && { TEMPORAL_ADDRESS: temporal }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += String(data)))
  const isReady = await until(() => {
    if (child.exitCode !== null) throw new Error(`npm start ended: ${output}`)
    return existsSync(runFile) && run().ready
  }, 600_000)
  if (!isReady) throw new Error(`The product is not ready: ${output}`)

  const { urls, children } = run()
  const cluster = openCluster(folder)
  const port = children['postgres']?.ports[0] ?? 0
  return {
    folder,
    url: urls.product,
    control: urls.control,
    temporalAddress: temporal ?? `127.0.0.1:${children['temporal']?.ports[0]}`,
    pid: (name) => run().children[name]?.pid,
    databaseUrl: (database) => cluster.url('postgres', port, database),
    postgresLog: cluster.log,
    outside: environmentOf(children['worker']?.pid ?? 0),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
