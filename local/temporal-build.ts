/** Builds local/temporal once per user and content: a cold build takes minutes. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Lock, tryLock } from './lock.ts'

const run = promisify(execFile)
const SOURCE = join(import.meta.dirname, 'temporal')
const FILES = ['main.go', 'go.mod', 'go.sum']
const OLDEST_GO = [1, 26, 8]
const PROGRESS_EVERY_MS = 2_000
/** The user's own flags (vendoring, tags) are meant for other projects; without cgo no C compiler is needed. */
const GO_ENVIRONMENT = { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' }

export type Say = (line: string) => void

/** Of the user; where their home cannot be written to, below the clone. */
export function cacheFolder(): string {
  const own = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hgrip')
  return canMake(own) ? own : BELOW_CLONE
}
const BELOW_CLONE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'hgrip', 'user')

function canMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Go keeps its modules and what it compiled in the home too. */
function goEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env, ...GO_ENVIRONMENT }
  if (cacheFolder() !== BELOW_CLONE) return env
  // -modcacherw: else npm ci could not delete them.
  return {
    ...env,
    GOFLAGS: '-modcacherw',
    GOPATH: join(BELOW_CLONE, 'go'),
    GOCACHE: join(BELOW_CLONE, 'go-build'),
  }
}

/** Where the built server is, or will be. */
export function builtServer(): string {
  const hash = createHash('sha256')
  // As committed: a clone with other line endings has the same server.
  for (const file of FILES) hash.update(readFileSync(join(SOURCE, file), 'utf8').replaceAll('\r\n', '\n'))
  hash.update(`${process.platform} ${process.arch}`)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return join(cacheFolder(), `temporal-${hash.digest('hex').slice(0, 16)}${suffix}`)
}

/** Builds the server unless it is there; of several builders one works and the others wait. Throws why it cannot. */
export async function buildServer(say: Say, ending?: AbortSignal): Promise<string> {
  const target = builtServer()
  if (existsSync(target)) return target
  await requireGo()
  mkdirSync(cacheFolder(), { recursive: true })
  const lock = await waitForLock(`${target}.lock`, say, ending)
  try {
    if (!existsSync(target)) await build(target, say, ending)
    return target
  } finally {
    lock.release()
  }
}

/** Throws why Go cannot build the server. */
export async function requireGo(): Promise<void> {
  const asked = run('go', ['env', 'GOVERSION'], { env: goEnvironment() })
  const { stdout } = await asked.catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
    throw new Error(
      error.code === 'ENOENT' ? 'Go is not installed' : `go env: ${lastLineOf(error.stderr ?? '')}`,
    )
  })
  const version = stdout.trim().replace('go', '').split('.').map(Number)
  if (!isAtLeast(version, OLDEST_GO))
    throw new Error(`Go ${OLDEST_GO.join('.')} is needed, found ${stdout.trim()}`)
}

export function isAtLeast(version: number[], oldest: number[]): boolean {
  const at = oldest.findIndex((part, index) => part !== version[index])
  return at === -1 || (version[at] ?? 0) > oldest[at]!
}

async function waitForLock(folder: string, say: Say, ending: AbortSignal | undefined): Promise<Lock> {
  for (let told = false; ; told = true) {
    // Any Node process may build: start, the tests' set-up, a shell.
    const lock = tryLock(folder, 'node')
    if (lock) return lock
    if (!told) say('Another process is building the Temporal server, waiting for it …')
    await pause(250, undefined, ending && { signal: ending })
  }
}

async function build(target: string, say: Say, ending: AbortSignal | undefined): Promise<void> {
  say('Building the Temporal server from the official Go modules, once for this user (3–5 minutes) …')
  const unfinished = `${target}.${process.pid}.new`
  const args = [
    'build',
    '-v',
    '-buildvcs=false',
    '-mod=readonly',
    '-trimpath',
    '-ldflags=-s -w',
    '-o',
    unfinished,
    '.',
  ]
  const env = goEnvironment()
  const aborting = ending && { signal: ending }
  const { stdout } = await run('go', ['list', '-deps', '.'], {
    cwd: SOURCE,
    env,
    maxBuffer: 10_000_000,
  }).catch((error: { stderr?: string }) => {
    throw new Error(`go list: ${lastLineOf(error.stderr ?? '')}`)
  })
  const total = stdout.split('\n').length
  const child = spawn('go', args, { cwd: SOURCE, env, stdio: ['ignore', 'ignore', 'pipe'], ...aborting })
  let done = 0
  let last = ''
  // go -v names each package when its turn comes, and packages that were compiled before not at all.
  createInterface({ input: child.stderr }).on('line', (line) => {
    done += 1
    last = line
  })
  const progress = setInterval(
    () => say(`  Temporal server: ${done} of about ${total} packages`),
    PROGRESS_EVERY_MS,
  )
  try {
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
    if (code !== 0) throw new Error(`go build: ${last}`)
    renameSync(unfinished, target)
  } finally {
    clearInterval(progress)
    rmSync(unfinished, { force: true })
  }
}

const lastLineOf = (text: string): string => text.trim().split('\n').at(-1) ?? ''
