import type { Connection } from '@temporalio/client'
import type { ApiConfig } from '../../runtime/config.ts'
import type { Process } from '../http/readiness.ts'

/** Asks Temporal whether a worker polls our task queue. */
export function pollers(connection: Connection, config: ApiConfig): () => Promise<Process> {
  const isRecent = recentPolls()
  return async () => {
    try {
      const { pollers } = await connection.withDeadline(Date.now() + 1_000, () =>
        connection.workflowService.describeTaskQueue({
          namespace: config.TEMPORAL_NAMESPACE,
          taskQueue: { name: config.TEMPORAL_TASK_QUEUE },
          taskQueueType: 1, // workflow
        }),
      )
      const polls = pollers.map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000)
      return { temporal: true, worker: isRecent(Math.max(0, ...polls)) }
    } catch {
      return { temporal: false, worker: false }
    }
  }
}

/** Pollers are remembered for minutes after they are gone; one that waits asks again within 60 s. */
const pollerIsGoneMs = 75_000

/**
 * Tells whether a worker polls, from the newest poll that Temporal remembers. One that is newer than at the
 * last look is recent, so our own clock is not used for it; only a look after a long time compares with it.
 */
function recentPolls(): (newestPoll: number) => boolean {
  let [newest, polledAt, lookedAt] = [0, -Infinity, -Infinity]
  return (newestPoll) => {
    const now = performance.now()
    if (now - lookedAt > pollerIsGoneMs) polledAt = now - Math.max(0, Date.now() - newestPoll)
    else if (newestPoll > newest) polledAt = now
    newest = newestPoll
    lookedAt = now
    return now - polledAt < pollerIsGoneMs
  }
}
