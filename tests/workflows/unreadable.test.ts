/** R54, R59 what nobody can open stops nobody: somebody who reaches Temporal and has no key sends to a backup. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Client } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { custodian } from '../../domain/actor.ts'
import { payloadCodec } from '../../runtime/payload-codec.ts'
import { reload } from '../../workflows/backup/commands.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
import { createDraft, ownFile, type Draft } from '../support/factories.ts'
import { startOfDraft, startStage, testKeys, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const junk = (keyId: string, data: Buffer): Payload => ({
  metadata: { encoding: Buffer.from('binary/encrypted'), 'key-id': Buffer.from(keyId) },
  data,
})
const [right] = await payloadCodec(testKeys).encode([
  { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"reason":1}') },
])
const changed = (): Payload => {
  const data = Buffer.from(right?.data ?? [])
  data[20] = (data[20] ?? 0) ^ 1
  return { ...right, data }
}
const forged: Record<string, (plain: Payload) => Payload> = {
  'in plain text': (plain) => plain,
  'of an unknown key': () => junk('nobody', randomBytes(36)),
  'of a key without a name': () => junk('', randomBytes(36)),
  'of our key, with other bytes': () => junk('test', randomBytes(36)),
  'too short': () => junk('test', randomBytes(5)),
  empty: () => junk('test', Buffer.alloc(0)),
  'changed in one bit': changed,
  'without metadata': () => ({ data: randomBytes(36) }),
}
/** A client of somebody else; what it is answered is opened, so that the test can read it. */
const clientWith = (forge: (plain: Payload) => Payload): Client =>
  new Client({
    connection: stage.connection,
    namespace: stage.client.options.namespace,
    dataConverter: {
      payloadCodecs: [
        {
          encode: (payloads) => Promise.resolve(payloads.map(forge)),
          decode: (payloads) => payloadCodec(testKeys).decode(payloads),
        },
      ],
    },
  })
const submission = (draft: Draft): { args: [object] } => ({
  args: [{ key: null, actor: custodian(draft.accountId), command: { type: 'submit' } }],
})
async function ready(): Promise<Draft> {
  const draft = await createDraft(stage.owner)
  await stage.start(draft)
  expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
  return draft
}
const attemptOf = async (draft: Draft) => {
  const { pendingWorkflowTask } = await stage.connection.workflowService.describeWorkflowExecution({
    namespace: stage.client.options.namespace,
    execution: { workflowId: backupProcess.workflowIdOf(draft) },
  })
  return pendingWorkflowTask?.attempt ?? 0
}

describe.each(Object.entries(forged))('a payload %s', (_, forge) => {
  it('as the argument of a signal is not looked at', async () => {
    const draft = await ready()
    const theirs = clientWith(forge).workflow.getHandle(backupProcess.workflowIdOf(draft))
    await theirs.signal<[string]>(reload.name, 'reload')
    await theirs.signal<[string]>('nobody knows this one', 'x')
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
    expect(await attemptOf(draft)).toBeLessThan(2)
  })
  it('as a command is refused, and the next one goes on', async () => {
    const draft = await ready()
    const theirs = clientWith(forge).workflow.getHandle(backupProcess.workflowIdOf(draft))
    await expect(theirs.executeUpdate('submit', submission(draft))).rejects.toMatchObject({
      cause: { type: 'UNREADABLE_PAYLOAD' },
    })
    expect((await stage.row(draft)).number).toBeNull()
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
  })
  it('as the input ends that process, and the row’s own starts after it', async () => {
    const draft = await createDraft(stage.owner)
    const theirs = await clientWith(forge).workflow.start(
      backupProcess.type,
      startOfDraft(draft, stage.taskQueue),
    )
    await expect(theirs.result()).rejects.toMatchObject({ cause: { type: 'UNREADABLE_PAYLOAD' } })
    await stage.start(draft)
    expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
  })
})

it('the worker takes a command whose key it does not have for nobody’s', async () => {
  const draft = await ready()
  const rotated = `new:${randomBytes(32).toString('base64')},${testKeys}`
  const ahead = new Client({
    connection: stage.connection,
    namespace: stage.client.options.namespace,
    dataConverter: { payloadCodecs: [payloadCodec(rotated)] },
  })
  const handle = ahead.workflow.getHandle(backupProcess.workflowIdOf(draft))
  await expect(handle.executeUpdate('submit', submission(draft))).rejects.toMatchObject({
    cause: { type: 'UNREADABLE_PAYLOAD' },
  })
  stage.config.PAYLOAD_KEYS = `${testKeys},${rotated.split(',')[0] ?? ''}`
  await stage.restartWorker()
  expect(await handle.executeUpdate('submit', submission(draft))).toEqual({ ok: true })
  expect((await stage.row(draft)).number).toMatch(/^BF/)
})
