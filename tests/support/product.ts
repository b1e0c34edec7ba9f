/** The product as `npm start` runs it, in a folder of its own; every process can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openCluster } from '../../local/postgres.ts'
import { Browser } from './browser.ts'
import { startTwins, type TwinName, type Twins } from './twins.ts'
import { mailsAreOld } from './factories.ts'
import { until } from './until.ts'

type OwnName = 'api' | 'worker' | 'stand-ins' | 'temporal' | 'postgres'
export type ProcessName = OwnName | TwinName
type Run = {
  ready: boolean
  urls: { product: string; control: string; temporalWeb?: string }
  children: Record<OwnName, { pid: number; ports: number[] }>
}
export type Json = Record<string, unknown>
type Reply = { status: number; body: Json; retryAfter: string | null }

/** Tests wait by asking again, and all of their people have one address. */
const patientLimits = Object.fromEntries(
  ['READS', 'WRITES', 'ANONYMOUS', 'SIGN_INS'].map((kind) => [`${kind}_PER_MINUTE`, '1000000']),
)

type Options = { env?: NodeJS.ProcessEnv; args?: string[]; root?: string; twins?: boolean }

/** Starts everything and waits until it is ready. `root`: another copy of the sources; `twins`: with a second API and a second worker. */
export async function startProduct({
  env = {},
  args = [],
  root = join(import.meta.dirname, '../..'),
  twins: hasTwins = false,
}: Options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-product-'))
  const runFile = join(folder, 'run.json')
  const run = () => JSON.parse(readFileSync(runFile, 'utf8')) as Run
  let child: ChildProcess | undefined
  let output = ''

  async function start(): Promise<void> {
    child = spawn(process.execPath, ['local/start.ts', ...args], {
      cwd: root,
      env: {
        ...process.env,
        ...{ DATA_DIR: folder, PORT: '0', CONTROL_PORT: '0', TEMPORAL_UI_PORT: '0' },
        ...patientLimits,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += String(data)))
    await until(
      'the product is ready',
      () => {
        if (child?.exitCode != null) throw new Error(`npm start ended: ${output}`)
        return Promise.resolve(existsSync(runFile) && run().ready && run())
      },
      240_000,
    )
  }
  await start()
  const twins = hasTwins ? await startTwins(folder, { ...patientLimits, ...env }) : undefined
  return {
    ...openProduct(folder, twins),
    output: () => [output, ...(twins?.said ?? [])].join('\n'),
    /** kill -9 of everything, also of what would start it again. */
    killAll(): void {
      const { children } = run()
      child?.kill('SIGKILL')
      for (const { pid } of Object.values(children)) process.kill(pid, 'SIGKILL')
    },
    start,
    async stop(): Promise<void> {
      await twins?.stop()
      const ended = new Promise((resolve) => child?.once('exit', resolve))
      if (child?.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type Product = Awaited<ReturnType<typeof startProduct>>

/** What can be done with a product that runs in this folder, in whichever process it was started. */
export function openProduct(folder: string, twins?: Twins) {
  const run = () => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Run
  const { urls } = run()
  const pidOf = (name: ProcessName): number =>
    name === 'api2' || name === 'worker2' ? (twins?.pid(name) ?? 0) : run().children[name].pid
  const apis = [urls.product, ...(twins ? [twins.url] : [])]
  const cluster = openCluster(folder)
  const databaseUrl = () => cluster.url('postgres', run().children.postgres.ports[0] ?? 0)

  async function ask(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: databaseUrl() })
    client.on('error', () => undefined) // killed on purpose
    await client.connect()
    return client
  }

  return {
    folder,
    urls,
    /** Where the API answers: both of them, with twins. */
    apis,
    pid: pidOf,
    /** SIGKILL, without a warning. */
    kill(...names: ProcessName[]): void {
      for (const name of names) killByPid(pidOf(name))
    },
    /**
     * Kills a process and takes its port, so that it cannot come back: every try to start it fails, and a client that
     * connects is hung up on. What it returns gives the port back, and does nothing else.
     */
    async away(name: OwnName): Promise<() => Promise<void>> {
      const port = run().children[name].ports[0] ?? 0
      const listen = () =>
        new Promise<Server | undefined>((resolve) => {
          const server = createServer((socket) => socket.on('error', () => undefined).destroy())
          server.once('error', () => resolve(undefined))
          server.listen(port, '127.0.0.1', () => resolve(server))
        })
      const squatter = await until(`${name} is away`, async () => {
        try {
          this.kill(name)
        } catch {
          // It is dead already, and not started again yet.
        }
        return await listen()
      })
      return () => new Promise((resolve) => squatter.close(() => resolve()))
    },
    async ready(): Promise<void> {
      await until(
        'it is ready again',
        async () => {
          const all = await Promise.all(apis.map((api) => fetch(`${api}/readyz?deep`).catch(() => undefined)))
          return all.every((response) => response?.ok)
        },
        60_000,
      )
    },
    /** Rows, as the superuser. */
    async query<Row extends pg.QueryResultRow = Json>(text: string, values: unknown[] = []): Promise<Row[]> {
      const client = await ask()
      try {
        const { rows } = await client.query<Row>(text, values)
        return rows
      } finally {
        await client.end()
      }
    },
    /** Codes of earlier tests hold back nobody's (R27, R28). Mails on their way stay: their day goes on. */
    async forgetMails(): Promise<void> {
      for (const statement of mailsAreOld)
        await this.query(
          statement.startsWith('update') ? `${statement} where status <> 'sending'` : statement,
        )
    },
    /** Holds a lock, so that a process that needs it stands still; `release` lets go. */
    async freeze(lock: string, values: unknown[] = []) {
      const client = await ask()
      await client.query('begin')
      const held = client.query(lock, values)
      return {
        /** Waits until a connection of the worker's role waits for a lock. */
        caught: () =>
          until('the worker waits', async () => {
            const waiting = await this.query(
              `select 1 from pg_stat_activity where usename = 'hgrip_worker' and wait_event_type = 'Lock'`,
            )
            return waiting.length > 0
          }),
        held: async () => void (await held),
        release: async () => {
          await held
          await client.query('rollback').catch(() => undefined)
          await client.end().catch(() => undefined)
        },
      }
    },
    // Asked again: the first request after a kill may meet the connection of the one that died.
    fault: (target: string, fault: Json) =>
      until(`the fault of ${target} is set`, async () => {
        const body = JSON.stringify(fault)
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`${urls.control}/faults/${target}`, {
          method: 'PUT',
          headers,
          body,
        }).catch(() => undefined)
        return response?.ok ? response : undefined
      }),
    async messagesTo(
      to: string,
    ): Promise<{ text: string; subject: string; messageId: string; at: string }[]> {
      const all = (await (await fetch(`${urls.control}/messages`)).json()) as { to: string }[]
      return all.filter((message) => message.to === to) as never
    },
    reported: async (): Promise<Json[]> =>
      (await (await fetch(`${urls.control}/report/backups`)).json()) as Json[],
    async signIn(login: string) {
      const browser = new Browser({ request: (request) => fetch(request) }, urls.product)
      await browser.signIn(login, 'hgrip')
      return visitor(browser)
    },
  }
}
export type OpenProduct = ReturnType<typeof openProduct>

/** Never pid 0: that would kill the whole process group. */
function killByPid(pid: number): void {
  if (pid <= 0) throw new Error('It does not run')
  process.kill(pid, 'SIGKILL')
}

/** A person at the API who does not give up: the same request with the same key, until it is answered. */
function visitor(browser: Browser) {
  async function once(method: string, path: string, body?: Json, key = randomUUID()): Promise<Reply> {
    const response = await browser.request(`/api/v1${path}`, {
      method,
      headers: {
        'idempotency-key': key,
        'sec-fetch-site': 'same-origin',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Json),
      retryAfter: response.headers.get('retry-after'),
    }
  }
  const isAnswer = ({ status }: Reply) => status !== 202 && status < 500
  return {
    browser,
    once,
    /** Repeats while the answer is 202, 5xx or none at all. */
    insist: (method: string, path: string, body?: Json, key = randomUUID()): Promise<Reply> =>
      until(
        `${method} ${path} is answered`,
        async () => {
          const reply = await once(method, path, body, key).catch(() => undefined)
          return reply && isAnswer(reply) && reply
        },
        60_000,
      ),
  }
}
export type Visitor = ReturnType<typeof visitor>
