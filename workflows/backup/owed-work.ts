/** Owed work as regular activities: started while the row owes it, stopped when it no longer does. */
import * as wf from '@temporalio/workflow'
import type { Mirror } from '../../domain/backup/mirror.ts'
import type { Outcome } from '../../domain/backup/outside.ts'
import type { Job } from '../../domain/backup/owed.ts'
import { longStep } from '../kit/steps.ts'
import { summaryOf } from './describe.ts'

type OwedWorkEvents = {
  /** The outside world has answered. */
  settled: (job: Job, outcome: Outcome, agoMs: number) => Promise<void>
  /** The work is not owed any more: the row has moved. */
  gone: () => Promise<void>
  /** It has taken so long that staff should see it. */
  overdue: () => void
}

export function createOwedWork(events: OwedWorkEvents) {
  const running = new Map<string, { job: Job; scope: wf.CancellationScope; isOverdue: boolean }>()

  function start(job: Job, seen: Mirror): void {
    const scope = new wf.CancellationScope()
    const entry = { job, scope, isOverdue: false }
    running.set(job.key, entry)
    const markOverdue = async () => {
      await wf.sleep(overdueAfter, { summary: `45 秒无应答 · no answer for 45 s: ${job.kind}` })
      entry.isOverdue = true
      events.overdue()
    }
    const work = async () => {
      const settled = await scope.run(() => {
        markOverdue().catch(ignoreCancellation)
        return longStep(job, summaryOf(job, seen))
      })
      running.delete(job.key)
      scope.cancel() // the timer
      await (settled.kind === 'gone' ? events.gone() : events.settled(job, settled.outcome, settled.agoMs))
    }
    work().catch((error: unknown) => {
      running.delete(job.key)
      ignoreCancellation(error)
    })
  }

  return {
    reconcile(seen: Mirror): void {
      for (const [key, { scope }] of running) if (!seen.owed.some((job) => job.key === key)) scope.cancel()
      for (const job of seen.owed) if (!running.has(job.key)) start(job, seen)
    },
    /** What a click has settled is not overdue any more, although its activity still has to end. */
    overdue: (seen: Mirror): Job[] => seen.owed.filter((job) => running.get(job.key)?.isOverdue),
  }
}

/** In ms: visible within the minute of R54, also when the list of workflows is some seconds late. */
const overdueAfter = 45_000

function ignoreCancellation(error: unknown): void {
  if (!wf.isCancellation(error)) throw error
}
