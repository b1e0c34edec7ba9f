/** The folder that holds everything of one copy of the product, and the record of what runs in it. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Lock, lockOwner, tryLock } from './lock.ts'
import { endLeftover } from './processes.ts'
import { readJson, readText, writeJson, writeWhole } from './state-files.ts'

const RUN_FILE = 'run.json'
const OURS = 'secrets.json'

/** run.json: who runs where, for people and for tests that kill processes one by one. */
export interface Run {
  pid: number
  /** All processes were ready at least once. */
  ready: boolean
  urls: { product: string; control: string; temporalWeb?: string }
  children: Record<string, { pid: number; ports: number[] }>
}

/** What the database's address (SQLite) and the build of the pages (Vite) read as signs of their own. */
const NOT_IN_PATHS = /[#?%\p{Cc}]/u

/** Throws one line for a folder that could not be used; nothing of it is made. */
export function refuseStrangePath(variable: string, path: string): void {
  const [character] = NOT_IN_PATHS.exec(path) ?? []
  if (character === undefined) return
  const shown = JSON.stringify(character).slice(1, -1)
  throw new Error(
    `${variable} 的路径不能包含“${shown}”，请换一个文件夹。The path of ${variable} must not contain “${shown}”: choose another folder (${JSON.stringify(path)})`,
  )
}

/** Makes the folder if needed; its real path is the mark by which our processes are known. */
export function openFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  accessSync(folder, constants.W_OK)
  mkdirSync(join(folder, 'logs'), { recursive: true })
  return realpathSync(folder)
}

/** One start for a folder at a time. */
export function lockFolder(folder: string): Lock {
  const path = join(folder, 'start.lock')
  const lock = tryLock(path, 'start.ts')
  if (lock) return lock
  throw new Error(
    `已在运行（进程 ${lockOwner(path)}），请先停止或另设 DATA_DIR。Already running as process ${lockOwner(path)}: stop it, ` +
      'or choose another DATA_DIR',
  )
}

/** Ends what a killed start left running. Postgres looks after itself: it has a pid file of its own. */
export async function endLeftovers(folder: string): Promise<void> {
  const run = readJson<Run>(join(folder, RUN_FILE))
  const leftovers = Object.entries(run?.children ?? {}).filter(([name]) => name !== 'postgres')
  await Promise.all(leftovers.map(([, { pid }]) => endLeftover(pid, folder, 'SIGTERM')))
  rmSync(join(folder, RUN_FILE), { force: true })
}

export function recordRun(folder: string, run: Run): void {
  writeJson(join(folder, RUN_FILE), run)
}

export function forgetRun(folder: string): void {
  rmSync(join(folder, RUN_FILE), { force: true })
}

const GROUND_FILE = 'ground'

/**
 * Throws when the data in the folder were made by other migrations: by a version from before this `ground`, the name of
 * the first migration. Nothing of them is touched.
 */
export function refuseOtherData(folder: string, ground: string): void {
  const isOther = readText(join(folder, GROUND_FILE)).trim() !== ground
  if (isOther && existsSync(join(folder, 'postgres')))
    throw new Error(
      `${folder} 中的数据来自旧版本，不能继续使用，内容未作改动；重新开始：npm start -- --fresh。The data in ${folder} were made by ` +
        'an earlier version and cannot be used. They are left as they are; to begin anew: npm start -- --fresh',
    )
}

export function keepGround(folder: string, ground: string): void {
  writeWhole(join(folder, GROUND_FILE), `${ground}\n`)
}

/** Empties a folder that an earlier start filled, and no other. */
export function clearFolder(folder: string): void {
  const entries = readdirSync(folder).filter((name) => name !== 'start.lock' && name !== 'logs')
  if (entries.length > 0 && !existsSync(join(folder, OURS))) {
    throw new Error(`${folder} was not filled by npm start and is left as it is`)
  }
  for (const name of entries) rmSync(join(folder, name), { recursive: true, force: true })
}
