/** Events and workflow tasks of finished lives, as Temporal holds them. */
import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { percentile } from './measures.ts'

const { EventType } = proto.temporal.api.enums.v1
export type Histories = {
  workflows: number
  events: number
  workflowTasks: number
  regularActivities: number
}

/** The median of these workflows. */
export async function readHistories(
  address: string,
  { namespace, ids }: { namespace: string; ids: readonly string[] },
): Promise<Histories> {
  const connection = await Connection.connect({ address })
  try {
    const seen: number[][] = []
    for (const workflowId of ids) {
      const { history } = await connection.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId },
        maximumPageSize: 1000,
      })
      const types = (history?.events ?? []).map(({ eventType }) => Number(eventType))
      const of = (type: number) => types.filter((each) => each === type).length
      seen.push([
        types.length,
        of(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
        of(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
      ])
    }
    const median = (at: number) =>
      percentile(
        seen.map((each) => each[at] ?? 0),
        50,
      )
    return {
      workflows: ids.length,
      events: median(0),
      workflowTasks: median(1),
      regularActivities: median(2),
    }
  } finally {
    await connection.close()
  }
}
