/** A Temporal server as in production: Postgres, 128 shards, visibility in a database of its own. */
import { execFile, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Connection } from '@temporalio/client'
import pg from 'pg'
import { findPort, troubleWith } from '../../../local/ports.ts'
import { openPostgres, preparePostgres, spawnPostgres } from '../../../local/postgres.ts'
import { until } from '../../../local/processes.ts'
import { hasEnded, spawnProgram } from '../../../local/supervise.ts'
import { causeIn } from '../../../local/explain.ts'
import { writtenTo } from '../../../local/state-files.ts'
import { serverArguments } from '../../../local/temporal.ts'
import { addNamespace } from '../../support/namespace.ts'
import { splitPair } from '../proc.ts'
import { buildServer, type ServerPrograms } from './build.ts'

const run = promisify(execFile)
const shards = 128
const user = 'temporal'
const databases = { temporal: 'temporal', temporal_visibility: 'visibility' }
/** As docker-compose.yml says it: one partition of a task queue is enough, and saves matching a hop. */
const dynamicConfig = {
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
}

export type TemporalServer = {
  address: string
  pid: () => number
  /** Of its own Postgres: the application's is another one, so that their cost is told apart. */
  postgres: { pid: number; url: (database: string) => string }
  /** SIGKILL, and started again at once. */
  killAndRestart: () => Promise<void>
  addNamespace: (name: string) => Promise<void>
  stop: () => Promise<void>
}

export async function startServer(say: (line: string) => void): Promise<TemporalServer> {
  const programs = await buildServer(say)
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-bench-temporal-'))
  const cluster = await preparePostgres(folder)
  const port = await findPort()
  const postgres = await openPostgres(cluster, port, () => spawnPostgres(cluster, port))
  const url = (database: string) => cluster.url('postgres', port, database)
  const password = cluster.passwords.postgres
  const config = join(folder, 'config.yaml')
  const frontend = await writeConfig(folder, config, { port, password })
  const address = `127.0.0.1:${frontend}`
  const start = () =>
    spawnProgram({
      file: programs.server,
      args: ['--config-file', config, '--allow-no-auth', 'start'],
      log: join(folder, 'temporal.log'),
      cwd: folder,
    })
  let child: ChildProcess | undefined
  async function stop(): Promise<void> {
    child?.kill('SIGTERM')
    if (!(await until(() => !child || hasEnded(child), 10_000))) child?.kill('SIGKILL')
    postgres.kill('SIGINT')
    await until(() => hasEnded(postgres), 30_000)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await makeDatabases(url('postgres'), password)
    for (const [database, schema] of Object.entries(databases))
      await makeSchema(programs, { port, password, database, schema })
    const first = (child = start())
    const ready = await until(async () => hasEnded(first) || (await isServing(address)), 60_000)
    if (!ready || hasEnded(first))
      throw new Error(`Temporal does not start: ${causeIn(writtenTo(join(folder, 'temporal.log')))}`)
  } catch (error) {
    await stop()
    throw error
  }

  return {
    address,
    pid: () => child?.pid ?? 0,
    postgres: { pid: postgres.pid ?? 0, url },
    async killAndRestart() {
      const old = child
      old?.kill('SIGKILL')
      await until(() => !old || hasEnded(old), 5_000)
      child = start()
    },
    addNamespace: (name) => addNamespace(address, name),
    stop,
  }
}

async function makeDatabases(url: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create role ${user} login password '${password}'`)
    for (const name of Object.keys(databases)) await client.query(`create database ${name} owner ${user}`)
  } finally {
    await client.end()
  }
}

async function makeSchema(
  { sqlTool }: ServerPrograms,
  { port, password, database, schema }: { port: number; password: string; database: string; schema: string },
): Promise<void> {
  const place = [
    '--plugin',
    'postgres12_pgx',
    '--ep',
    '127.0.0.1',
    '-p',
    String(port),
    '-u',
    user,
    '--db',
    database,
  ]
  const env = { ...process.env, SQL_PASSWORD: password }
  await run(sqlTool, [...place, 'setup-schema', '-v', '0.0'], { env })
  await run(sqlTool, [...place, 'update-schema', '--schema-name', `postgresql/v12/${schema}`], { env })
}

/** Written as JSON, which is YAML too. Returns the frontend's port. */
async function writeConfig(
  folder: string,
  file: string,
  { port, password }: { port: number; password: string },
): Promise<number> {
  const ports = new Set<number>()
  while (ports.size < 9) {
    // Members are written down with their port as a smallint: one of the usual free ports, 32768 and up, is refused.
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if ((await troubleWith(port)) === undefined) ports.add(port)
  }
  const [frontend = 0, ...others] = ports
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      ...{
        pluginName: 'postgres12_pgx',
        databaseName,
        connectAddr: `127.0.0.1:${port}`,
        connectProtocol: 'tcp',
      },
      ...{ user, password, maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
    },
  })
  const service = (grpcPort: number, at: number) => ({
    rpc: { grpcPort, membershipPort: others[at], bindOnIP: '127.0.0.1' },
  })
  const dynamic = join(folder, 'dynamic.yaml')
  const settings = { ...dynamicConfig, ...given('--dynamic-config-value') }
  const values = Object.entries(settings).map(([key, text]) => [
    key,
    [{ value: JSON.parse(text) as unknown }],
  ])
  mkdirSync(folder, { recursive: true })
  writeFileSync(dynamic, JSON.stringify(Object.fromEntries(values)))
  const config = {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: shards,
      datastores: { default: store('temporal', 20), visibility: store('temporal_visibility', 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: {
      frontend: service(frontend, 0),
      history: service(others[1] ?? 0, 2),
      matching: service(others[3] ?? 0, 4),
      worker: service(others[5] ?? 0, 6),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1, rpcName: 'frontend' },
          rpcAddress: `127.0.0.1:${frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    publicClient: { hostPort: `127.0.0.1:${frontend}` },
    dynamicConfigClient: { filepath: dynamic, pollInterval: '60s' },
  }
  writeFileSync(file, JSON.stringify(config, null, 2))
  return frontend
}

/** What `npm start` tells its dev server, so that both servers are told the same. */
function given(flag: string): Record<string, string> {
  const args = serverArguments({ port: 0, uiPort: 0, codecPort: 0, database: '' })
  const pairs = args.filter((_, at) => args[at - 1] === flag)
  return Object.fromEntries(pairs.map(splitPair))
}

async function isServing(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 })
    try {
      await connection.workflowService.listNamespaces({ pageSize: 1 })
      return true
    } finally {
      await connection.close()
    }
  } catch {
    return false
  }
}
