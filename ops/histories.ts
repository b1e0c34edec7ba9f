/** What Temporal remembers of numbers: their backups' histories know them when the rows have been lost. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Payload, PayloadCodec } from '@temporalio/common'
import { numberParts } from '../domain/numbers.ts'
import { backupProcess } from '../workflows/backup/process.ts'

/** The numbers in the histories of backups that are open or were closed on this day (Asia/Shanghai) or later. */
export async function numbersInHistories(
  client: Client,
  codec: PayloadCodec,
  day: string,
): Promise<string[]> {
  const found = new Set<string>()
  const since = `${day}T00:00:00+08:00`
  const query = `${backups} AND (ExecutionStatus = "Running" OR CloseTime >= "${since}")`
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    try {
      const plain = await codec.decode([...encryptedPayloads(history)])
      for (const number of plain.flatMap(numbersIn)) found.add(number)
    } catch (error) {
      throw new Error(`PAYLOAD_KEYS do not open the history of ${workflowId}`, { cause: error })
    }
  }
  return [...found]
}

/**
 * Ends every open workflow of a backup: it has seen versions of its row that are gone, and remembers requests that the
 * row does not know. The sweep starts it again from the row.
 */
export async function endOpenBackups(client: Client): Promise<number> {
  let ended = 0
  for await (const { workflowId, runId } of client.workflow.list({
    query: `${backups} AND ExecutionStatus = "Running"`,
  })) {
    try {
      await client.workflow
        .getHandle(workflowId, runId)
        .terminate(
          '数据库已恢复，流程将按数据重新开始 · The database was restored; this begins anew from its row',
        )
      ended += 1
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error // it has ended by itself
    }
  }
  return ended
}

const backups = `WorkflowType = "${backupProcess.type}"`

function* encryptedPayloads(part: unknown): Generator<Payload> {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return
  const { metadata, data } = part as Payload
  const encoding = metadata?.['encoding']
  if (encoding instanceof Uint8Array && data instanceof Uint8Array) {
    if (Buffer.from(encoding).equals(encrypted)) yield part
    return
  }
  for (const value of Object.values(part)) yield* encryptedPayloads(value)
}
const encrypted = Buffer.from('binary/encrypted')

/** Only what the product itself calls `number`: people may type anything into names. */
function numbersIn(payload: Payload): string[] {
  const numbers: string[] = []
  const text = Buffer.from(payload.data ?? []).toString()
  const value: unknown =
    text === ''
      ? null
      : JSON.parse(text, (key, value: unknown) => {
          if (key === 'number' && typeof value === 'string' && numberParts(value)) numbers.push(value)
          return value
        })
  if (typeof value === 'object' && value !== null && 'refused' in value)
    throw new Error('a payload became the marker')
  return numbers
}
