/** A folder as a lock between processes: making a folder either works or fails, on every file system. */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beganAt, commandLine } from './processes.ts'
import { readText } from './state-files.ts'

export interface Lock {
  release(): void
}

/**
 * The lock, or undefined while a living process has it. The owner must have begun when it said, and `program` must occur
 * in its command line, because after a crash another process may have got its id.
 */
export function tryLock(folder: string, program: string): Lock | undefined {
  for (const mayClear of [true, false]) {
    try {
      mkdirSync(folder)
      writeFileSync(join(folder, 'owner'), `${process.pid} ${beganAt(process.pid)}`)
      return { release: () => rmSync(folder, { recursive: true, force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (!mayClear || isHeld(folder, program)) return undefined
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return undefined
}

export const lockOwner = (folder: string): number | undefined => ownerOf(folder)?.pid

function ownerOf(folder: string): { pid: number; began: string } | undefined {
  const [, pid, began = ''] = /^(\d+) ?(.*)/.exec(readText(join(folder, 'owner'))) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), began }
}

function isHeld(folder: string, program: string): boolean {
  const owner = ownerOf(folder)
  // Without a name in it the lock is being taken right now, unless it has been so for a while.
  if (owner === undefined)
    return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 10_000
  const isSame = owner.began === '' || owner.began === beganAt(owner.pid)
  return isSame && (commandLine(owner.pid)?.includes(program) ?? false)
}
