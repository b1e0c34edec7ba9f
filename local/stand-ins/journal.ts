/** What a stand-in has accepted, as JSON lines: appended, synced, and only then acknowledged. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

export interface Journal<T> {
  /** Oldest first. */
  readonly entries: readonly T[]
  add(entry: T): void
  close(): void
}

export function openJournal<T>(file: string): Journal<T> {
  mkdirSync(dirname(file), { recursive: true })
  const entries = readEntries<T>(file)
  const handle = openSync(file, 'a', 0o600)
  return {
    entries,
    add: (entry) => {
      writeFileSync(handle, `${JSON.stringify(entry)}\n`)
      fsyncSync(handle)
      entries.push(entry)
    },
    close: () => closeSync(handle),
  }
}

/** The process was killed while it wrote a line without an end. Its sender got no answer, so the line does not count. */
function readEntries<T>(file: string): T[] {
  if (!existsSync(file)) return []
  const bytes = readFileSync(file)
  const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
  if (whole.length < bytes.length) truncateSync(file, whole.length)
  const lines = whole.toString().split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as T)
}
