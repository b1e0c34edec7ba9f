/**
 * Finds backups for which something waits and nothing moves, and tells their workflows to look at the row
 * again (decision 002). A healthy backup gets nothing.
 */
import type { Client } from '@temporalio/client'
import type { Db } from '../db/connect.ts'
import { findStalled, forgetEnded, roundDone, type Stalled } from '../db/sweeps.ts'
import type { Logger } from '../runtime/log.ts'
import { reload } from '../workflows/backup/commands.ts'
import { backupProcess } from '../workflows/backup/process.ts'
import { startOptions } from '../workflows/kit/process.ts'

export type Sweep = { stop(): Promise<void>; wake(): void }
export type SweepOptions = {
  db: Db
  client: Client
  log: Logger
  taskQueue: string
  publicUrl: string
  everyMs: number
  graceMs: number
}

/** Looks every `everyMs` until it is stopped. */
export function startSweep(options: SweepOptions): Sweep {
  let stopped = false
  let wake: () => void = () => undefined
  // After a start, or a time without Temporal, a workflow may have missed what its row says.
  let isCatchingUp = true

  async function loop(): Promise<void> {
    while (!stopped) {
      isCatchingUp = !(await round(options, isCatchingUp))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.everyMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (stopped) wake()
      })
    }
  }
  const ended = loop()
  return {
    wake: () => wake(),
    async stop() {
      stopped = true
      wake()
      await ended
    },
  }
}

/** One look; true when everything that was found has been told. Never throws: the next round is the retry. */
async function round(options: SweepOptions, isCatchingUp: boolean): Promise<boolean> {
  const { db, log, graceMs } = options
  try {
    let begun: Date | undefined
    let hasToldAll = true
    for (let look, afterId: string | undefined; !look?.isAll; afterId = look.stalled.at(-1)?.id) {
      look = await findStalled(db, graceMs, isCatchingUp, afterId)
      if (look === undefined) return false // another worker is at it
      begun ??= look.at
      for (const one of look.stalled) hasToldAll = (await wakes(one, options)) && hasToldAll
    }
    if (begun && hasToldAll) await roundDone(db, begun)
    await forgetEnded(db)
    return hasToldAll
  } catch (error) {
    log.warn({ err: error }, 'the sweep could not finish its round')
    return false
  }
}

/** An error for one backup must not end the round for the others. */
async function wakes(one: Stalled, options: SweepOptions): Promise<boolean> {
  try {
    await wake(one, options)
    return true
  } catch (error) {
    options.log.warn({ err: error, backup: one.reference }, 'a backup could not be told to look again')
    return false
  }
}

async function wake(one: Stalled, { client, log, ...where }: SweepOptions): Promise<void> {
  await client.workflow.signalWithStart(backupProcess.type, {
    ...startOptions(backupProcess, one, where),
    signal: reload,
    signalArgs: [],
  })
  log.info({ backup: one.reference, because: one.because }, 'reloaded')
}
