import { Worker } from '@temporalio/worker'

/** No activation of a workflow takes as long: it calculates for a few milliseconds and waits for nothing. */
const stuckAfterMs = 10_000

/**
 * A worker whose workflow code runs without the SDK's watchdog (decision 017). For each call into a context with a time
 * limit Node starts a thread with an event loop of its own, some 150 times a life of a backup: a fifth of the worker's time. What
 * the limit was for is left to one timer an activation: a workflow that never returns holds its thread for ever,
 * so `whenStuck` has to end the process.
 */
export const unwatchedWorker = (whenStuck: (runId: string) => void, afterMs = stuckAfterMs) =>
  class extends Worker {
    protected static override async createWorkflowCreator(
      ...[bundle, options, logger]: Parameters<typeof Worker.createWorkflowCreator>
    ): ReturnType<typeof Worker.createWorkflowCreator> {
      // Node takes only `undefined` for “no limit”.
      const unlimited = { ...options, isolateExecutionTimeoutMs: undefined as unknown as number }
      const creator = await super.createWorkflowCreator(bundle, unlimited, logger)
      const create = creator.createWorkflow.bind(creator)
      creator.createWorkflow = async (about) => {
        const workflow = await create(about)
        const activate = workflow.activate.bind(workflow)
        workflow.activate = (activation) => {
          const timer = setTimeout(() => whenStuck(about.info.runId), afterMs)
          return activate(activation).finally(() => clearTimeout(timer))
        }
        return workflow
      }
      return creator
    }
  }
