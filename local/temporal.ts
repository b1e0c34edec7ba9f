/** Finds a Temporal server for this machine and says how it is started. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Connection } from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import { searchAttributes } from '../workflows/kit/attributes.ts'
import { until } from './processes.ts'
import { buildServer, cacheFolder, isAtLeast, type Say } from './temporal-build.ts'

const run = promisify(execFile)
/** Only from 1.32 on can a workflow's time be skipped. */
const OLDEST_SERVER = [1, 32]
/** The release of the Temporal CLI that carries server 1.32. */
const DOWNLOAD_VERSION = 'v1.9.1'
export const NAMESPACE = 'hgrip'

export type TemporalServer = { path: string } | { address: string }

/** For tests: lets them move a workflow's clock on a real server. */
export const TIME_SKIPPING_ARGS = ['--dynamic-config-value', 'frontend.WorkflowTimeSkippingEnabled=true']

/**
 * The first of: TEMPORAL_ADDRESS, TEMPORAL_CLI, the server built from local/temporal, `temporal` on PATH, the
 * SDK's download. Throws one error that names what was tried.
 */
export async function findTemporalServer(
  say: Say = console.log,
  ending?: AbortSignal,
): Promise<TemporalServer> {
  const { TEMPORAL_ADDRESS, TEMPORAL_CLI } = process.env
  if (TEMPORAL_ADDRESS) return { address: TEMPORAL_ADDRESS }
  if (TEMPORAL_CLI) return { path: await requireRecent(TEMPORAL_CLI, `TEMPORAL_CLI=${TEMPORAL_CLI}`) }
  const ways: [name: string, find: () => Promise<string>][] = [
    ['building local/temporal', () => buildServer(say, ending)],
    ['temporal on PATH', () => requireRecent('temporal', 'temporal')],
    ['download', () => downloadServer(say)],
  ]
  const failures: string[] = []
  for (const [name, find] of ways) {
    try {
      return { path: await find() }
    } catch (error) {
      ending?.throwIfAborted()
      failures.push(`${name} (${firstLine(error)})`)
    }
  }
  throw new Error(
    `No Temporal server ≥ ${OLDEST_SERVER.join('.')} to be had: ${failures.join('; ')}. ` +
      'Install Go ≥ 1.26.8, or set TEMPORAL_CLI to a recent temporal program, or TEMPORAL_ADDRESS to a running server.',
  )
}

async function requireRecent(program: string, name: string): Promise<string> {
  const version = await serverVersion(program).catch(() => {
    throw new Error(`${name} cannot be run`)
  })
  if (!isAtLeast(version, OLDEST_SERVER)) throw new Error(`${name} is too old: server ${version.join('.')}`)
  return program
}

/** Major and minor version; patches keep the form of the database file. */
export async function serverVersion(program: string): Promise<number[]> {
  const { stdout } = await run(program, ['--version'])
  return /Server (\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number) ?? []
}

/** Lets the SDK download the server and keeps it; the SDK has no public call that only downloads. */
async function downloadServer(say: Say): Promise<string> {
  const downloadDir = join(cacheFolder(), 'download')
  mkdirSync(downloadDir, { recursive: true })
  const program = () =>
    readdirSync(downloadDir).find((name) => /^temporal[^.]*(\.exe)?$/.test(name) || name.includes('1.9.1'))
  if (!program()) {
    say('Downloading the Temporal server …')
    const { TestWorkflowEnvironment } = await import('@temporalio/testing')
    const executable = { type: 'cached-download', downloadDir, version: DOWNLOAD_VERSION } as const
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } })
    await environment.teardown()
  }
  const found = program()
  if (!found) throw new Error('the SDK kept no program')
  return requireRecent(join(downloadDir, found), found)
}

/**
 * How much time is added at most to a workflow task that has failed several times. With the default of 10 minutes,
 * a worker that dies while it is at such a task is missed for as long. docker-compose.yml says the same.
 */
const retryAfterTrouble = 'history.workflowTaskRetryMaxInterval="10s"'

export interface ServerOptions {
  port: number
  uiPort: number
  codecPort: number
  database: string
}

/** The arguments of a server that keeps its state in a file. In WAL mode a commit survives the end of the process. */
export function serverArguments({ port, uiPort, codecPort, database }: ServerOptions): string[] {
  const attributes = searchAttributes.map(
    ({ name, type }) => `${name}=${TypedSearchAttributes.toMetadataType(type)}`,
  )
  const flags: [name: string, value: string | number][] = [
    ['--ip', '127.0.0.1'],
    ['--port', port],
    ['--ui-port', uiPort],
    ['--namespace', NAMESPACE],
    ['--db-filename', database],
    ['--sqlite-pragma', 'journal_mode=WAL'],
    ['--sqlite-pragma', 'synchronous=NORMAL'],
    ['--ui-codec-endpoint', `http://localhost:${codecPort}`],
    ['--log-level', 'error'],
    ['--dynamic-config-value', retryAfterTrouble],
    ...attributes.map((attribute): [string, string] => ['--search-attribute', attribute]),
  ]
  return ['server', 'start-dev', ...flags.flatMap(([name, value]) => [name, String(value)])]
}

/** Waits until the namespace answers; false when it did not in time or `gaveUp` says that there is no use. */
export async function waitForTemporal(
  address: string,
  gaveUp: () => boolean,
  withinMs = 60_000,
): Promise<boolean> {
  const answers = await until(async () => gaveUp() || (await describesNamespace(address)), withinMs)
  return answers && !gaveUp()
}

async function describesNamespace(address: string): Promise<boolean> {
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ address, connectTimeout: 1_000 })
    await connection.workflowService.describeNamespace({
      namespace: process.env.TEMPORAL_NAMESPACE || NAMESPACE,
    })
    return true
  } catch {
    return false
  } finally {
    await connection?.close()
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!
