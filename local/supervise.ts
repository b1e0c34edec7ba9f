/** Keeps a child process running until it is told to stop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from './processes.ts'
import { openLog } from './state-files.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** Who waits for a change does not wait for requests and attempts under way: a kill loses nothing. */
const RESTART_GRACE_MS = 500
/** A child that lived this long was well; its next end is not counted with the earlier ones. */
const WELL_AFTER_MS = 10_000

export interface SupervisedOptions {
  name: string
  /** Spawns the process, hands it to `spawned` at once, and resolves when it can be used. */
  start: (spawned: (child: ChildProcess) => void) => Promise<ChildProcess>
  /** How it is asked to end, and how long it may take. */
  signal?: NodeJS.Signals
  graceMs?: number
  spawned: (pid: number) => void
  say: (line: string) => void
}

export interface Supervised {
  /** Rejects when the first start fails; later starts are tried for ever, with growing pauses. */
  ready: Promise<void>
  /** Ends in a row, each soon after its start. */
  failures(): number
  /** Ends it and starts it at once: its sources changed. */
  restart(): Promise<void>
  stop(): Promise<void>
  kill(): void
}

export function supervise(options: SupervisedOptions): Supervised {
  const { name, start, signal = 'SIGTERM', graceMs = 10_000, spawned, say } = options
  let child: ChildProcess | undefined
  let stopping = false
  let failures = 0
  /** Counts the restarts: an end that belongs to an earlier one starts nothing. */
  let turn = 0

  function keep(next: ChildProcess, mine: number): void {
    if (mine !== turn) return void next.kill('SIGKILL') // its sources changed while it was being started
    child = next
    if (next.pid !== undefined) spawned(next.pid)
    if (stopping) next.kill(signal)
  }

  async function run(): Promise<void> {
    const mine = turn
    const current = await start((next) => keep(next, mine))
    const since = performance.now()
    const ended = (): void => {
      if (stopping || mine !== turn) return
      failures = performance.now() - since > WELL_AFTER_MS ? 1 : failures + 1
      say(`${name} 已退出，正在重新启动 · ${name} ended, starting it again`)
      void again()
    }
    if (hasEnded(current)) ended()
    else current.once('exit', ended)
  }

  async function again(): Promise<void> {
    const mine = turn
    for (;;) {
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS))
      if (stopping || mine !== turn) return
      try {
        return await run()
      } catch (error) {
        failures += 1
        if (!stopping && mine === turn) say(`${name}: ${(error as Error).message}`)
      }
    }
  }

  async function end(withinMs: number): Promise<void> {
    child?.kill(signal)
    const gone = await until(() => !child || hasEnded(child), withinMs)
    if (!gone) child?.kill('SIGKILL')
  }

  return {
    ready: run(),
    failures: () => failures,
    restart: async () => {
      const mine = ++turn
      failures = 0
      await end(RESTART_GRACE_MS)
      if (child) await until(() => hasEnded(child!), 5_000)
      if (stopping || mine !== turn) return
      try {
        await run()
      } catch (error) {
        if (!stopping && mine === turn) say(`${name}: ${(error as Error).message}`)
      }
    },
    stop: async () => {
      stopping = true
      await end(graceMs)
    },
    kill: () => {
      stopping = true
      child?.kill('SIGKILL')
    },
  }
}

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

export interface Program {
  file: string
  args: string[]
  log: string
  env?: NodeJS.ProcessEnv
  cwd: string
  uid?: number
  gid?: number
}

/**
 * Starts a program that writes into its log. It has a process group of its own: Ctrl-C must reach the start program
 * only, which ends things in their order.
 */
export function spawnProgram({ file, args, log, ...options }: Program): ChildProcess {
  const handle = openLog(log)
  try {
    const child = spawn(file, args, { ...options, stdio: ['ignore', handle, handle], detached: true })
    // A program that cannot be run at all ends like any other; without a listener it would end us too.
    child.once('error', () => child.emit('exit', 127, null))
    return child
  } finally {
    closeSync(handle)
  }
}
