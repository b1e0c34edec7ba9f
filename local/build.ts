/** Builds what the processes need from the sources, when the sources changed. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tryLock } from './lock.ts'
import { causeIn } from './explain.ts'
import { until } from './processes.ts'
import { readText, writeWhole } from './state-files.ts'

const run = promisify(execFile)
export const ROOT = join(import.meta.dirname, '..')
/** Beside the installed packages: shared by all data folders of this checkout, and gone with them. */
const STAMPS = join(ROOT, 'node_modules', '.cache', 'hgrip')
/** What tools write between the sources; the last three are Inlang's, beside its settings. */
const NOT_SOURCES = new Set([
  ...['node_modules', 'build', '.svelte-kit', 'paraglide', 'bundle.js'],
  ...['.meta.json', '.gitignore', 'README.md'],
])
const LOCK_WAIT_MS = 300_000
/** Older ones go: a copy of the product that runs has one of these. */
const KEPT_BUILDS = 5

interface Product {
  name: string
  /** Files and folders of the checkout. */
  inputs: string[]
  output: (hash: string) => string
  command: (output: string) => { args: string[]; cwd: string; env?: NodeJS.ProcessEnv }
}

const PAGES_FOLDER = join(ROOT, 'web', '.svelte-kit', 'pages')
/** Each build has a folder of its own: a copy that runs reads its pages one by one, whatever is built beside it. */
export const PAGES: Product = {
  name: 'pages',
  inputs: ['web', 'domain', 'api/contracts', 'package-lock.json'],
  output: (hash) => join(PAGES_FOLDER, hash.slice(0, 16)),
  command: (output) => ({
    args: [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build'],
    cwd: join(ROOT, 'web'),
    env: { PAGES_FOLDER: output },
  }),
}
/** Read as a whole when a worker starts. */
export const WORKFLOW_BUNDLE: Product = {
  name: 'workflow-bundle',
  inputs: ['workflows', 'domain', 'runtime', 'package-lock.json'], // activities are only types here
  output: () => join(ROOT, 'workflows', 'bundle.js'),
  command: (output) => ({ args: [join(ROOT, 'workflows', 'bundle.ts'), output], cwd: ROOT }),
}

/** The output for the sources as they are, built if it is missing. Two starts at once build it one after the other. */
export async function buildOnce(product: Product, ending?: AbortSignal): Promise<string> {
  const stamp = join(STAMPS, product.name)
  if (isBuilt(product)) return outputOf(product)
  mkdirSync(STAMPS, { recursive: true })
  let lock = tryLock(`${stamp}.lock`, 'node')
  if (!lock) await until(() => (lock = tryLock(`${stamp}.lock`, 'node')) !== undefined, LOCK_WAIT_MS)
  if (!lock) throw new Error(`Another process has been building the ${product.name} for too long`)
  try {
    if (!isBuilt(product)) await build(product, ending)
    return outputOf(product)
  } finally {
    lock.release()
  }
}

/** Where the output for the sources as they are is, or will be. */
export const outputOf = (product: Product): string => product.output(hashOf(product))

/** Whether it is there: its last build was of these sources, or it has a place of its own. */
function isBuilt(product: Product): boolean {
  const hash = hashOf(product)
  const output = product.output(hash)
  return (
    existsSync(output) &&
    (output.includes(hash.slice(0, 16)) || readText(join(STAMPS, product.name)) === hash)
  )
}

/** Beside the output, then in its place: whoever reads it meanwhile has the old one. */
async function build(product: Product, ending: AbortSignal | undefined): Promise<void> {
  const stamp = join(STAMPS, product.name)
  const hash = hashOf(product)
  const output = product.output(hash)
  const unfinished = `${output}.new`
  const { args, cwd, env } = product.command(unfinished)
  try {
    await run(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env, NODE_ENV: 'production' },
      maxBuffer: 50_000_000,
      ...(ending && { signal: ending }),
    }).catch((error: { stderr?: string; stdout?: string }) => {
      const log = `${stamp}.log`
      writeWhole(log, `${error.stdout ?? ''}\n${error.stderr ?? ''}`)
      throw new Error(`The ${product.name} could not be built: ${causeIn(error.stderr ?? '')} (${log})`)
    })
    renameSync(unfinished, output)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  writeWhole(stamp, hash)
  if (product === PAGES) forgetOldBuilds()
}

function forgetOldBuilds(): void {
  const builds = readdirSync(PAGES_FOLDER).map((name) => join(PAGES_FOLDER, name))
  const newestFirst = builds.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  for (const build of newestFirst.slice(KEPT_BUILDS)) rmSync(build, { recursive: true, force: true })
}

/** The files that an output is made of. */
export const sourcesOf = ({ inputs }: Product): string[] => inputs.flatMap(filesBelow)

function hashOf(product: Product): string {
  const hash = createHash('sha256')
  for (const path of sourcesOf(product)) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex')
}

function filesBelow(path: string): string[] {
  const full = join(ROOT, path)
  if (statSync(full).isFile()) return [path]
  const names = readdirSync(full).filter((name) => !NOT_SOURCES.has(name))
  return names.sort().flatMap((name) => filesBelow(join(path, name)))
}
