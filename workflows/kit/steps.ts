/** The two ways in which a workflow calls an activity: a short step that a click waits for, and a long one. */
import * as wf from '@temporalio/workflow'
import type { Activities } from '../../activities/index.ts'
import type { Settled } from '../../activities/attempts/later.ts'
import type { Job } from '../../domain/backup/owed.ts'
import { longestPause } from '../../domain/backup/outside.ts'

const local = wf.proxyLocalActivities<Activities>({ scheduleToCloseTimeout: '5s' })
const regular = wf.proxyActivities<Activities>({ startToCloseTimeout: '10s' })

type Name = keyof Activities
type ShortStep<N extends Name> = (
  ...args: Parameters<Activities[N]>
) => Promise<Awaited<ReturnType<Activities[N]>>>
type Callable = { executeWithOptions(options: object, args: unknown[]): Promise<never> }

/**
 * A local activity of three tries within 5 s; when none succeeded, because our own database is outside too, the
 * same function goes on as a regular activity, for ever and visible. The tries are counted because a time limit
 * that falls between two of them is forgotten (SDK 1.24), and the local activity would then be retried for ever.
 */
export const shortStep =
  <N extends Name>(name: N, summary: string): ShortStep<N> =>
  async (...args) => {
    try {
      return await callable(local[name]).executeWithOptions(
        {
          scheduleToCloseTimeout: '5s',
          retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumAttempts: 3 },
          summary,
        },
        args,
      )
    } catch (error) {
      if (wf.isCancellation(error) || isFinal(error)) throw error
      return await callable(regular[name]).executeWithOptions(
        {
          startToCloseTimeout: '10s',
          retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5s' },
          summary,
        },
        args,
      )
    }
  }

/** Owed work as a regular activity, retried for ever; a worker that died is noticed by its missing heartbeats. */
export function longStep(job: Job, summary: string): Promise<Settled> {
  const steps = wf.proxyActivities<Activities>({
    startToCloseTimeout: '2m',
    heartbeatTimeout: '10s',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: longestPause[job.kind],
    },
    summary,
  })
  switch (job.kind) {
    case 'check':
      return steps.askRepository(job)
    case 'mail':
      return steps.mailCode(job)
    case 'sync':
      return steps.tellReportSystem(job)
  }
}

// A border: the proxies have this method, but its options and arguments are typed per activity.
const callable = (activity: unknown): Callable => activity as Callable

const isFinal = (error: unknown): boolean =>
  error instanceof wf.ActivityFailure &&
  error.cause instanceof wf.ApplicationFailure &&
  error.cause.nonRetryable === true
