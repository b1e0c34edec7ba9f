/** `npm start`: the whole product on one machine. With `--dev` (`npm run dev`) it follows changes of the sources. */
import { type ChildProcess, execFile } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { buildOnce, PAGES, ROOT, WORKFLOW_BUNDLE } from './build.ts'
import {
  clearFolder,
  endLeftovers,
  forgetRun,
  keepGround,
  lockFolder,
  openFolder,
  recordRun,
  refuseOtherData,
  refuseStrangePath,
  type Run,
} from './data-folder.ts'
import {
  apiEnvironment,
  type Backends,
  devApiEnvironment,
  devPagesEnvironment,
  migrateEnvironment,
  standInsEnvironment,
  temporalWebUrl,
  WORKER,
  workerEnvironment,
  workflowsUrl,
} from './environment.ts'
import { causeIn, explain } from './explain.ts'
import { withLoopbackDirect } from './loopback.ts'
import { type Cluster, endPostgres, openPostgres, preparePostgres, spawnPostgres } from './postgres.ts'
import { until } from './processes.ts'
import { keepSettings, type Settings } from './settings.ts'
import { PASSWORD } from './stand-ins/identity.ts'
import { writtenTo } from './state-files.ts'
import { hasEnded, spawnProgram, supervise, type Supervised, type SupervisedOptions } from './supervise.ts'
import { findTemporalServer, serverArguments, serverVersion, waitForTemporal } from './temporal.ts'
import { type Watched, watchSources } from './watch.ts'
import { requireWorld } from './world.ts'

const run = promisify(execFile)
const STOP_ORDER = ['pages', 'api', 'worker', 'stand-ins', 'temporal', 'postgres'] as const
type Name = (typeof STOP_ORDER)[number]

/** The worker lets attempts that run finish within 30 s. */
const WORKER_GRACE_MS = 40_000
const READY_WITHIN_MS = 180_000
const SAY_AFTER_MS = 2_000
const SAY_EVERY_MS = 10_000
/** Who fails so often right after its start will not come up by trying again. */
const HOPELESS = 3

/** One copy of the product: its folder, its settings and what runs for it. */
interface Copy {
  settings: Settings
  /** `npm run dev` */
  isDev: boolean
  run: Run
  children: Map<Name, Supervised>
  /** What is never cut: until it has ended, no other copy may use the folder. */
  finishing: Promise<unknown>[]
  /** Aborted when everything is to end. */
  ending: AbortSignal
}

const say = (line: string): void => console.log(line)

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { fresh: flag, dev: flag } })
  Object.assign(process.env, withLoopbackDirect(process.env))
  const wanted = resolve(process.env.DATA_DIR || join(ROOT, '.local'))
  refuseStrangePath('npm start', ROOT)
  refuseStrangePath('DATA_DIR', wanted)
  requireWorld(process.env.WORLD_DIR || undefined)
  const folder = openFolder(wanted)
  const lock = lockFolder(folder)
  const ending = new AbortController()
  const children: Copy['children'] = new Map()
  const finishing: Copy['finishing'] = []
  listenForTheEnd(ending, children)
  try {
    if (!values.fresh) refuseOtherData(folder, ground())
    await Promise.all([endLeftovers(folder), endPostgres(folder)])
    if (values.fresh) clearFolder(folder)
    const settings = await keepSettings(folder)
    keepGround(folder, ground())
    const shared = { settings, children, finishing, ending: ending.signal, run: newRun(settings) }
    const copy: Copy = { ...shared, isDev: values.dev }
    await startEverything(copy)
    recordRun(folder, { ...copy.run, ready: (copy.run.ready = true) })
    welcome(settings)
    if (copy.isDev) followChanges(copy)
    await untilAborted(ending.signal)
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    ending.abort()
    for (const name of STOP_ORDER) await children.get(name)?.stop()
    await Promise.allSettled(finishing)
    forgetRun(folder)
    lock.release()
  }
}

/** The name of the first migration. */
const ground = (): string => {
  const [first] = readdirSync(join(ROOT, 'migrations'))
    .filter((file) => /^\d{4}-/.test(file))
    .sort()
  if (first === undefined) throw new Error('There are no migrations')
  return first.replace(/\.ts$/, '')
}

function newRun(settings: Settings): Run {
  const temporalWeb = temporalWebUrl(settings)
  const control = `http://localhost:${settings.ports.control}`
  const urls = { product: settings.publicUrl, control, ...(temporalWeb !== undefined && { temporalWeb }) }
  return { pid: process.pid, ready: false, urls, children: {} }
}

async function startEverything(copy: Copy): Promise<void> {
  const { settings } = copy
  const [cluster, temporalAddress, workflowBundle, pages] = await Promise.all([
    slowly('启动数据库 · Starting the database', startDatabase(copy)),
    slowly('启动 Temporal · Starting Temporal', startTemporal(copy)),
    slowly('编译流程 · Bundling the workflows', buildOnce(WORKFLOW_BUNDLE, copy.ending)),
    copy.isDev
      ? startDevPages(copy).then(() => undefined)
      : slowly('编译页面 · Building the pages', buildOnce(PAGES, copy.ending)),
    slowly('启动外部世界的替身 · Starting the stand-ins', startStandIns(copy)),
  ])
  const databaseUrl: Backends['databaseUrl'] = (role) => cluster.url(role, settings.ports.postgres)
  const backends: Backends = { settings, databaseUrl, temporalAddress, workflowBundle, pages }
  const startWorker = nodeProgram(copy, 'worker', WORKER, workerEnvironment(backends))
  const apiEnv = copy.isDev ? devApiEnvironment(backends) : apiEnvironment(backends)
  const { api, apiBehindPages } = settings.ports
  await Promise.all([
    keepRunning(copy, 'worker', [settings.ports.workerHealth], {
      start: async (spawned) => {
        if (copy.isDev) await buildOnce(WORKFLOW_BUNDLE, copy.ending)
        return await startWorker(spawned)
      },
      graceMs: WORKER_GRACE_MS,
    }),
    keepRunning(copy, 'api', [copy.isDev ? apiBehindPages : api], {
      start: nodeProgram(copy, 'api', ['api/main.ts'], apiEnv),
    }),
  ])
  await slowly('等待就绪 · Waiting until everything is ready', waitForProduct(copy))
}

function followChanges(copy: Copy): void {
  say(
    '  源文件改动后自动更新 · Changed sources take effect at once: pages in the browser, API and worker by a restart',
  )
  const { apiBehindPages, workerHealth, control } = copy.settings.ports
  const alive = {
    api: `http://127.0.0.1:${apiBehindPages}/healthz`,
    worker: `http://127.0.0.1:${workerHealth}/healthz`,
    'stand-ins': `http://127.0.0.1:${control}/faults`,
  }
  const startAgain = async (name: Watched, file: string): Promise<void> => {
    const since = performance.now()
    await copy.children.get(name)?.restart()
    const isBack = await until(() => copy.ending.aborted || answers(alive[name]), 10_000)
    const log = logOf(copy.settings.dataDir, name)
    const outcome = isBack ? `${Math.round(performance.now() - since)} ms` : causeIn(writtenTo(log))
    if (!copy.ending.aborted) say(`${file} → ${name}: ${outcome}`)
  }
  watchSources((name, file) => void startAgain(name, file), copy.ending)
}

/** Started and migrated. */
async function startDatabase(copy: Copy): Promise<Cluster> {
  const preparing = preparePostgres(copy.settings.dataDir)
  copy.finishing.push(preparing)
  const cluster = await preparing
  const port = copy.settings.ports.postgres
  await keepRunning(copy, 'postgres', [port], {
    signal: 'SIGINT',
    start: (spawned) =>
      openPostgres(cluster, port, () => {
        const child = spawnPostgres(cluster, port)
        spawned(child)
        return child
      }),
  })
  const databaseUrl: Backends['databaseUrl'] = (role) => cluster.url(role, port)
  const env = { ...process.env, ...migrateEnvironment({ databaseUrl }) }
  await run(process.execPath, ['migrations/migrate.ts'], { cwd: ROOT, env }).catch(
    (error: { stderr?: string }) => {
      throw new Error(`The database could not be migrated: ${causeIn(error.stderr ?? '')}`)
    },
  )
  return cluster
}

/** The server's address, once the namespace answers. */
async function startTemporal(copy: Copy): Promise<string> {
  const { ports, dataDir } = copy.settings
  const server = await findTemporalServer(say, copy.ending)
  if ('address' in server) {
    const answers = await waitForTemporal(server.address, () => copy.ending.aborted, 10_000)
    if (!answers) throw new Error(`TEMPORAL_ADDRESS=${server.address} does not answer for the namespace`)
    return server.address
  }
  const address = `127.0.0.1:${ports.temporal}`
  const folder = join(dataDir, 'temporal')
  mkdirSync(folder, { recursive: true })
  // Another version starts with a file of its own; unfinished backups are started again from their rows.
  const database = join(folder, `temporal-${(await serverVersion(server.path)).join('.')}.db`)
  const options = { port: ports.temporal, uiPort: ports.temporalUi, codecPort: ports.codec, database }
  await keepRunning(copy, 'temporal', [ports.temporal, ports.temporalUi], {
    start: async (spawned) => {
      const log = logOf(dataDir, 'temporal')
      const child = spawnProgram({ file: server.path, args: serverArguments(options), log, cwd: folder })
      spawned(child)
      if (await waitForTemporal(address, () => hasEnded(child))) return child
      child.kill('SIGKILL')
      throw new Error(`Temporal does not start: ${causeIn(writtenTo(log))}`)
    },
  })
  return address
}

async function startDevPages(copy: Copy): Promise<void> {
  const { settings } = copy
  await keepRunning(copy, 'pages', [settings.ports.api], {
    start: nodeProgram(copy, 'pages', ['local/dev-pages.ts'], devPagesEnvironment(settings)),
  })
}

async function startStandIns(copy: Copy): Promise<void> {
  const { settings } = copy
  const { control, identity, repositories, report, mail, sms, codec } = settings.ports
  const spawnIt = nodeProgram(copy, 'stand-ins', ['local/stand-ins.ts'], standInsEnvironment(settings))
  await keepRunning(copy, 'stand-ins', [control, identity, repositories, report, mail, sms, codec], {
    start: async (spawned) => {
      const child = await spawnIt(spawned)
      const url = `http://127.0.0.1:${control}/faults`
      if (await until(async () => hasEnded(child) || (await answers(url)), 30_000)) {
        if (!hasEnded(child)) return child
      }
      throw new Error(
        `The stand-ins do not start: ${causeIn(writtenTo(logOf(settings.dataDir, 'stand-ins')))}`,
      )
    },
  })
}

async function keepRunning(
  copy: Copy,
  name: Name,
  ports: number[],
  options: Pick<SupervisedOptions, 'start' | 'signal' | 'graceMs'>,
): Promise<void> {
  copy.ending.throwIfAborted() // after that it would not be stopped any more
  const child = supervise({
    ...options,
    name,
    say,
    spawned: (pid) => {
      copy.run.children[name] = { pid, ports }
      recordRun(copy.settings.dataDir, copy.run)
    },
  })
  copy.children.set(name, child)
  await child.ready
}

/** The data folder in its command line is how the next start knows a process that this one left behind. */
function nodeProgram(
  copy: Copy,
  name: Name,
  program: string[],
  env: NodeJS.ProcessEnv,
): SupervisedOptions['start'] {
  const { dataDir } = copy.settings
  const args = [...program, `--data-dir=${dataDir}`]
  return (spawned: (child: ChildProcess) => void) => {
    const log = logOf(dataDir, name)
    const child = spawnProgram({
      file: process.execPath,
      args,
      log,
      cwd: ROOT,
      env: {
        ...process.env,
        ...(copy.isDev && { NODE_COMPILE_CACHE: join(dataDir, 'compile-cache') }),
        ...env,
      },
    })
    spawned(child)
    return Promise.resolve(child)
  }
}

async function waitForProduct(copy: Copy): Promise<void> {
  const { ports, dataDir } = copy.settings
  const ready = await until(() => {
    copy.ending.throwIfAborted()
    for (const [name, child] of copy.children) {
      if (child.failures() < HOPELESS) continue
      const log = logOf(dataDir, name)
      throw new Error(`${name} does not start: ${causeIn(writtenTo(log))} (${relative(process.cwd(), log)})`)
    }
    return answers(readyz(ports.api))
  }, READY_WITHIN_MS)
  if (ready) return
  const state = await fetch(readyz(ports.api)).then(
    (response) => response.text(),
    () => 'no answer',
  )
  throw new Error(`The product is not ready after ${READY_WITHIN_MS / 1000} s: ${state}, see ${dataDir}/logs`)
}

const readyz = (port: number): string => `http://127.0.0.1:${port}/readyz?deep`

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}

/** Says what is going on when it takes long. */
function slowly<T>(text: string, work: Promise<T>): Promise<T> {
  const since = performance.now()
  const seconds = () => Math.round((performance.now() - since) / 1_000)
  const first = setTimeout(() => say(`${text} …`), SAY_AFTER_MS)
  const later = setInterval(() => say(`${text} … ${seconds()} s`), SAY_EVERY_MS)
  return work.finally(() => {
    clearTimeout(first)
    clearInterval(later)
  })
}

const logOf = (dataDir: string, name: Name): string => join(dataDir, 'logs', `${name}.log`)

function welcome(settings: Settings): void {
  const { ports, publicUrl, dataDir } = settings
  say(`
人类遗传资源信息备份平台已就绪 · The backup platform is ready

  备份平台 · platform              ${publicUrl}
  外部世界 · the outside world     http://localhost:${ports.control}   （邮件、短信、数据库、故障 · mail, SMS, repositories, faults）
  流程 · workflows, Temporal Web   ${workflowsUrl(settings) ?? '—'}

  账号 · accounts: jia, yi（自然人 · researchers）  unit-admin（单位管理员）  legal-entity（法人）  operator（运维）
  密码 · password: ${PASSWORD}

  Ctrl-C 停止，数据保留在 · stops; the data stay in ${relative(process.cwd(), dataDir) || '.'}`)
}

/** Ctrl-C, a polite end, a closed terminal, or the death of npm, which does not pass its own end on. */
function listenForTheEnd(ending: AbortController, children: Copy['children']): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) ending.abort()
  }, 500)
  watch.unref()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending.signal.aborted) for (const child of children.values()) child.kill()
      else say('\n正在停止 · Stopping …')
      ending.abort()
    })
  }
  // The terminal is closed, so the output has no reader; this ends us as a signal would.
  process.stdout.on('error', () => ending.abort())
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(60_000, undefined, { signal }).catch(() => undefined)
}

try {
  await main()
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
