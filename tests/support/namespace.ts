/** A namespace of its own on a running Temporal server, with the product's search attributes. */
import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { SearchAttributeType as Type, TypedSearchAttributes } from '@temporalio/common'
import { Stage, searchAttributes } from '../../workflows/kit/attributes.ts'
import { until } from './until.ts'

/** As the server's API counts them (`IndexedValueType`). */
const typeNumbers: Record<Type, number> = {
  [Type.TEXT]: 1,
  [Type.KEYWORD]: 2,
  [Type.INT]: 3,
  [Type.DOUBLE]: 4,
  [Type.BOOL]: 5,
  [Type.DATETIME]: 6,
  [Type.KEYWORD_LIST]: 7,
}

export async function addNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address })
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: (90 * 24 * 3600) as never }, // a Long; a number works
    })
    const types = Object.fromEntries(searchAttributes.map(({ name, type }) => [name, typeNumbers[type]]))
    // The server's own caches learn of a namespace after some seconds.
    const add = () => connection.operatorService.addSearchAttributes({ namespace, searchAttributes: types })
    const isDone = () =>
      add().then(
        () => true,
        (error: unknown) => /already exists/i.test(String(error)),
      )
    await until(`the namespace ${namespace} is known`, isDone, 60_000)
    await until(
      `the server takes a start with ${namespace}'s attributes`,
      () => takesStart(connection, namespace),
      60_000,
    )
  } finally {
    await connection.close()
  }
}

/** Whether the server's own copy of the namespace has the attributes: it follows the row after some seconds. */
async function takesStart(connection: Connection, namespace: string): Promise<boolean> {
  const { workflow } = new Client({ connection, namespace })
  const typedSearchAttributes = new TypedSearchAttributes([{ key: Stage, value: 'none' }])
  const options = { workflowId: randomUUID(), taskQueue: 'nobody', typedSearchAttributes }
  try {
    const handle = await workflow.start('none', options)
    await handle.terminate()
    return true
  } catch {
    return false
  }
}
