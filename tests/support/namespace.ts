/** A namespace of its own on a running Temporal server, with the product's search attributes. */
import { Connection } from '@temporalio/client'
import { SearchAttributeType as Type } from '@temporalio/common'
import { searchAttributes } from '../../workflows/kit/attributes.ts'
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
  } finally {
    await connection.close()
  }
}
