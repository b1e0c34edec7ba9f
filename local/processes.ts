/** Looking at and ending processes that an earlier, killed start left behind. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** The process's command line, or undefined when there is no such process. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'args=', '-p', String(pid)])
        .toString()
        .trim()
    // A zombie has an empty command line and holds nothing any more.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined
  } catch {
    return undefined
  }
}

/** When a process began, in the system's own words: its id may be used again, the two together are not. */
export function beganAt(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)])
          .toString()
          .trim() || undefined
      )
    // The name in brackets may hold anything; the start is the 20th field after it (proc(5)).
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]
  } catch {
    return undefined
  }
}

/** Ends a process only if its command line names `mark`: process ids are used again by others. */
export async function endLeftover(pid: number, mark: string, signal: NodeJS.Signals): Promise<boolean> {
  const ours = () => commandLine(pid)?.includes(mark) ?? false
  if (!ours()) return false
  sendSignal(pid, signal)
  if (!(await until(() => !ours(), 10_000))) {
    sendSignal(pid, 'SIGKILL')
    await until(() => !ours(), 5_000)
  }
  return true
}

/** Polls until the condition holds; false when it did not within the time. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > end) return false
    await pause(25)
  }
  return true
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended between the look and the signal, which is what we want.
  }
}
