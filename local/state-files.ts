/** Small files that must be whole or absent: secrets, ports, faults. Only their owner may read them. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'

const PRIVATE = 0o600
const LOG_LIMIT_BYTES = 5_000_000

/** The file's text, or '' when there is none. */
export function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** The file's content, or undefined when there is none. The caller wrote the file, so its shape is trusted. */
export function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

/** Replaces the file at once: a kill or a full disk leaves the old one. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}.new`
  writeWhole(draft, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(draft, file)
}

export function writeWhole(file: string, text: string): void {
  const handle = openSync(file, 'w', PRIVATE)
  try {
    writeFileSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Where each log stood when it was opened last. */
const openedAt = new Map<string, number>()

/** Opens a log for a child process; one that has grown large begins anew. */
export function openLog(file: string): number {
  const size = existsSync(file) ? statSync(file).size : 0
  const large = size > LOG_LIMIT_BYTES
  openedAt.set(file, large ? 0 : size)
  return openSync(file, large ? 'w' : 'a', PRIVATE)
}

/** What the program has written since its log was opened last: earlier errors are not its own. */
export function writtenTo(file: string): string {
  return existsSync(file)
    ? readFileSync(file)
        .subarray(openedAt.get(file) ?? 0)
        .toString()
    : ''
}
