/** Everything a workflow test needs: database, outside world, a worker, and a client that speaks like the API. */
import { createHash, randomUUID } from 'node:crypto'
import { Client, Connection, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { pino } from 'pino'
import { inject } from 'vitest'
import { isDropped } from '../../api/process/errors.ts'
import { custodian } from '../../domain/actor.ts'
import type { CommandOf } from '../../domain/backup/commands.ts'
import { readWorkerConfig } from '../../runtime/config.ts'
import { dataConverter } from '../../runtime/data-converter.ts'
import { keyring } from '../../runtime/keys.ts'
import { typedProof } from '../../runtime/codes.ts'
import type { CommandName } from '../../workflows/backup/commands.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
import { startOptions } from '../../workflows/kit/process.ts'
import { startWorker, type RunningWorker } from '../../worker/worker.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import type { Draft } from './factories.ts'
import { forward } from './forward.ts'
import { addNamespace } from './namespace.ts'
import { startOutside } from './outside.ts'
import { until } from './until.ts'

export { until }

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })

/** Always the same, so that recorded histories can be read. */
export const testKeys = `test:${Buffer.alloc(32, 'test').toString('base64')}`
const publicUrl = 'http://localhost:4000'

/** How the workflow of a draft is started. */
export const startOfDraft = (draft: Draft, taskQueue: string) =>
  startOptions(backupProcess, draft, { taskQueue, publicUrl })

/** A refusal, whether a handler answered it or a validator threw it. */
export type Said = { ok: true } | { ok: false; code: string; params: Record<string, unknown> }

type StageOptions = {
  sweepSeconds?: number
  graceSeconds?: number
  database?: TestDatabase
  /** For what asks Temporal for everything that it has: the other tests' workflows are in the common one. */
  ownNamespace?: boolean
}

export async function startStage({
  sweepSeconds = 3600,
  graceSeconds = 1,
  ownNamespace = false,
  ...given
}: StageOptions = {}) {
  const database = given.database ?? (await createDatabase())
  const outside = await startOutside()
  const taskQueue = `test-${randomUUID()}`
  const { address } = inject('temporal')
  const namespace = ownNamespace ? taskQueue : inject('temporal').namespace
  if (ownNamespace) await addNamespace(address, namespace)
  const config = readWorkerConfig({
    ...outside.environment,
    LOG_LEVEL: 'fatal',
    WORKER_DATABASE_URL: database.url('hgrip_worker'),
    PUBLIC_URL: publicUrl,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_TASK_QUEUE: taskQueue,
    PAYLOAD_KEYS: testKeys,
    CODE_KEYS: testKeys,
    SWEEP_SECONDS: String(sweepSeconds),
    SWEEP_GRACE_SECONDS: String(graceSeconds),
  })
  const connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS })
  const converter = dataConverter(config.PAYLOAD_KEYS)
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter: converter })
  const codeKeys = keyring(config.CODE_KEYS)
  let worker: RunningWorker | undefined

  async function restartWorker(): Promise<void> {
    await stopWorker()
    await database.owner.deleteFrom('sweeps').execute()
    worker = await startWorker(config, pino({ level: 'fatal' }), { codePath: inject('bundle') })
    // Its first round reloads what was written before it started: no draft of a test should be among that.
    await until('the first sweep is done', () =>
      database.owner.selectFrom('sweeps').selectAll().executeTakeFirst(),
    )
  }
  async function stopWorker(): Promise<void> {
    worker?.stop()
    await worker?.ended
    worker = undefined
  }
  await restartWorker()

  const handleOf = (draft: Draft) => client.workflow.getHandle(backupProcess.workflowIdOf(draft))

  /** A person's command, as the API sends it: once per key. */
  async function say<T extends CommandName>(
    draft: Draft,
    type: T,
    details: Omit<CommandOf<T>, 'type'>,
    { key = randomUUID(), actor = draft.accountId } = {},
  ): Promise<Said> {
    const hash = createHash('sha256').update(JSON.stringify(details)).digest('hex').slice(0, 8)
    const request = { key, actor: custodian(actor), command: { type, ...details } }
    const send = () => handleOf(draft).executeUpdate(type, { args: [request], updateId: `${key}.${hash}` })
    try {
      return (await send().catch((error: unknown) => {
        if (!isDropped(error)) throw error
        return send()
      })) as Said
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
        return {
          ok: false,
          code: error.cause.type ?? '',
          params: (error.cause.details?.[0] ?? {}) as Record<string, unknown>,
        }
      throw error
    }
  }

  return {
    ...database,
    outside,
    config,
    client,
    connection,
    taskQueue,
    converter,
    restartWorker,
    stopWorker,
    handleOf,
    say,
    async start(draft: Draft): Promise<WorkflowHandle> {
      return await client.workflow.start(backupProcess.type, startOfDraft(draft, taskQueue))
    },
    /** What the API sends instead of the typed digits. */
    proof: (fileId: string, typed: string) => typedProof(codeKeys, codeKeys.current, fileId, typed),
    async row(draft: Draft) {
      return await database.owner
        .selectFrom('backups')
        .selectAll()
        .where('id', '=', draft.id)
        .executeTakeFirstOrThrow()
    },
    async file(fileId: string) {
      return await database.owner
        .selectFrom('dataFiles as f')
        .innerJoin('consents as c', 'c.fileId', 'f.id')
        .selectAll('f')
        .select(['c.status as consentStatus', 'c.generation', 'c.sentAt', 'c.expiresAt', 'c.wrongTries'])
        .where('f.id', '=', fileId)
        .executeTakeFirstOrThrow()
    },
    /** Lets the workflow's own clock run ahead. */
    forward: (draft: Draft, seconds: number): Promise<void> =>
      forward(connection, { namespace, workflowId: backupProcess.workflowIdOf(draft) }, seconds),
    async close() {
      await stopWorker()
      await connection.close()
      await outside.close()
      await database.close()
    },
  }
}
export type Stage = Awaited<ReturnType<typeof startStage>>
