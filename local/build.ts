/** Builds what the processes need from the sources, when the sources changed. */
import { execFile } from 'node:child_process'
import { createHash, type Hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tryLock } from './lock.ts'
import { until } from './processes.ts'
import { readText, writeWhole } from './state-files.ts'

const run = promisify(execFile)
export const ROOT = join(import.meta.dirname, '..')
/** Beside the installed packages: shared by all data folders of this checkout, and gone with them. */
const STAMPS = join(ROOT, 'node_modules', '.cache', 'hgrip')
const NOT_SOURCES = new Set(['node_modules', 'build', '.svelte-kit', 'paraglide', 'bundle.js'])
const LOCK_WAIT_MS = 300_000

interface Product {
  name: string
  /** Files and folders of the checkout. */
  inputs: string[]
  output: string
  command: { args: string[]; cwd: string }
}

export const PAGES: Product = {
  name: 'pages',
  inputs: ['web', 'domain', 'api/contracts', 'package-lock.json'],
  output: join(ROOT, 'web', 'build', 'handler.js'),
  command: { args: [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build'], cwd: join(ROOT, 'web') },
}
const BUNDLE_FILE = join(ROOT, 'workflows', 'bundle.js')
export const WORKFLOW_BUNDLE: Product = {
  name: 'workflow-bundle',
  inputs: ['workflows', 'domain', 'runtime', 'package-lock.json'], // activities are only types here
  output: BUNDLE_FILE,
  command: { args: [join(ROOT, 'workflows', 'bundle.ts'), BUNDLE_FILE], cwd: ROOT },
}

/** The output, built if it is missing or older than its sources. Two starts at once build it one after the other. */
export async function buildOnce(product: Product, ending?: AbortSignal): Promise<string> {
  const stamp = join(STAMPS, product.name)
  const isCurrent = () => existsSync(product.output) && readText(stamp) === hashOf(product.inputs)
  if (isCurrent()) return product.output
  mkdirSync(STAMPS, { recursive: true })
  let lock = tryLock(`${stamp}.lock`, 'node')
  if (!lock) await until(() => (lock = tryLock(`${stamp}.lock`, 'node')) !== undefined, LOCK_WAIT_MS)
  if (!lock) throw new Error(`Another process has been building the ${product.name} for too long`)
  try {
    if (!isCurrent()) await build(product, stamp, ending)
    return product.output
  } finally {
    lock.release()
  }
}

async function build(
  { name, inputs, command }: Product,
  stamp: string,
  ending: AbortSignal | undefined,
): Promise<void> {
  const inputsHash = hashOf(inputs)
  const env = { ...process.env, NODE_ENV: 'production' }
  await run(process.execPath, command.args, {
    cwd: command.cwd,
    env,
    maxBuffer: 50_000_000,
    ...(ending && { signal: ending }),
  }).catch((error: { stderr?: string; stdout?: string }) => {
    const log = `${stamp}.log`
    writeWhole(log, `${error.stdout ?? ''}\n${error.stderr ?? ''}`)
    throw new Error(`The ${name} could not be built, see ${log}`)
  })
  writeWhole(stamp, inputsHash)
}

function hashOf(inputs: string[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) addToHash(hash, input)
  return hash.digest('hex')
}

function addToHash(hash: Hash, path: string): void {
  const full = join(ROOT, path)
  if (statSync(full).isFile()) {
    hash.update(`${path}\0`).update(readFileSync(full))
    return
  }
  const names = readdirSync(full).filter((name) => !NOT_SOURCES.has(name))
  for (const name of names.sort()) addToHash(hash, join(path, name))
}
