/** Lets one workflow's own clock run ahead, on the real server; which must have been started with TIME_SKIPPING_ARGS. */
import { randomUUID } from 'node:crypto'
import type { Connection } from '@temporalio/client'

// FastForwardPollingResult; the package has no names for them
const goesOn = 1
const completed = 2

export async function forward(
  connection: Connection,
  { namespace, workflowId }: { namespace: string; workflowId: string },
  seconds: number,
  withinMs = 20_000,
): Promise<void> {
  const workflowExecution = { workflowId }
  const id = randomUUID()
  await connection.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    updateMask: { paths: ['time_skipping_config'] },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        fastForwardConfig: { id, duration: { seconds: seconds as never } }, // a Long; a number works
      },
    },
  })
  const until = Date.now() + withinMs
  for (;;) {
    const { fastForwardPollingResult, failedReason } = await connection.withDeadline(until, () =>
      connection.workflowService.pollWorkflowExecutionTimeSkipping({
        namespace,
        workflowExecution,
        fastForwardId: id,
      }),
    )
    if (Number(fastForwardPollingResult) === completed) return
    if (Number(fastForwardPollingResult) !== goesOn)
      throw new Error(`not forwarded: ${fastForwardPollingResult} ${failedReason}`)
  }
}
