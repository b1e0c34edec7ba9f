/** The only place that sends to Temporal: starts processes and hands them people's commands. */
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection, WithStartWorkflowOperation, type Workflow } from '@temporalio/client'
import type { Answer } from '../../domain/backup/decision.ts'
import type { Refusal } from '../../domain/result.ts'
import type { ApiConfig } from '../../runtime/config.ts'
import { dataConverter } from '../../runtime/data-converter.ts'
import type { Log } from '../../runtime/log.ts'
import { connectionTo } from '../../runtime/temporal-connection.ts'
import type { CommandRequest } from '../../workflows/backup/commands.ts'
import { backupProcess, type BackupRef } from '../../workflows/backup/process.ts'
import { startOptions, type ProcessKind } from '../../workflows/kit/process.ts'
import { currentRequestId } from '../http/request-id.ts'
import { once, type Process } from '../http/readiness.ts'
import { isGone, isNoAnswer, isTemporalOutage, isUnreadable, refusalOf } from './errors.ts'
import { pollers } from './pollers.ts'

/** How long a person waits for an answer; then the command goes on without them (202). */
const patienceMs = 5_000

/**
 * A command on its way to a process. `rowAnswer` answers from a finished row; undefined while the process has to be
 * asked.
 */
type Delivery<Subject extends { reference: string }, Request> = {
  kind: ProcessKind<Subject, unknown>
  subject: Subject
  request: Request & { command: { type: string } }
  updateId: string
  rowAnswer: () => Promise<Answer | undefined>
}
export type CommandResult =
  { kind: 'accepted' } | { kind: 'refused'; refusal: Refusal } | { kind: 'processing' | 'unavailable' }

export type Backups = {
  /** Starts the process behind a backup; one that runs already is left alone. */
  start: (backup: BackupRef) => Promise<void>
  send: (delivery: Omit<Delivery<BackupRef, CommandRequest>, 'kind'>) => Promise<CommandResult>
  process: () => Promise<Process>
  close: () => Promise<void>
}

export function connectBackups(config: ApiConfig, log: Log): Backups {
  const connection = Connection.lazy(connectionTo(config))
  const client = new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(config.PAYLOAD_KEYS),
  })
  const calls = inFlight()
  const where = { taskQueue: config.TEMPORAL_TASK_QUEUE, publicUrl: config.PUBLIC_URL.replace(/\/$/, '') }
  const process = once(1_000, () => calls.during(findPollers()))
  const findPollers = pollers(connection, config)
  const sending: Sending = { connection, client, where, process, log, during: calls.during }
  return {
    start: (backup) =>
      calls.during(
        connection.withDeadline(Date.now() + patienceMs, async () => {
          await client.workflow.start(backupProcess.type, startOptions(backupProcess, backup, where))
        }),
      ),
    send: (delivery) => send(sending, { kind: backupProcess, ...delivery }),
    process,
    close: async () => {
      await calls.ended()
      await connection.close()
    },
  }
}

type Sending = {
  connection: Connection
  client: Client
  where: { taskQueue: string; publicUrl: string }
  process: () => Promise<Process>
  log: Log
  during: <T>(call: Promise<T>) => Promise<T>
}

/** Sends the update and waits until it is decided, 5 s are over, or it is known that no worker is there. */
async function send<S extends { reference: string }, R>(
  sending: Sending,
  delivery: Delivery<S, R>,
): Promise<CommandResult> {
  const { kind, subject, updateId, request } = delivery
  const line = {
    requestId: currentRequestId(),
    command: request.command.type,
    workflowId: kind.workflowIdOf(subject),
    updateId,
  }
  const patience = startPatience(sending)
  try {
    const asked = sending.during(untilDecided(sending, delivery))
    const result = await Promise.race([asked, patience.over])
    sending.log.info(
      { ...line, told: result.kind === 'refused' ? result.refusal.code : result.kind },
      'command',
    )
    return result
  } catch (error) {
    if (!isTemporalOutage(error)) throw error
    sending.log.warn({ ...line, err: error }, 'no answer yet')
    return await unanswered(sending)
  } finally {
    patience.end()
  }
}

/**
 * The same update, again and again. Not found, not processed and “completed meanwhile” are not answers: the row is
 * asked, then the process is started again.
 */
async function untilDecided<S extends { reference: string }, R>(
  sending: Sending,
  delivery: Delivery<S, R>,
): Promise<CommandResult> {
  const { connection, client, where } = sending
  const { kind, subject, request, updateId, rowAnswer } = delivery
  const name = request.command.type
  const options = { args: [request] as [object], updateId }
  const sendOnly = () =>
    client.workflow.getHandle(kind.workflowIdOf(subject)).executeUpdate<Answer, [object]>(name, options)
  // In one go: a finished backup that is amended ends as soon as no command is being answered (R35).
  const startAndSend = () =>
    client.workflow.executeUpdateWithStart<Workflow, Answer, [object]>(name, {
      ...options,
      startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(
        kind.type,
        startOptions(kind, subject, where),
      ),
    })
  const until = performance.now() + patienceMs
  let isMissing = false
  for (let left = patienceMs; left > 0; left = until - performance.now()) {
    try {
      return resultOf(await connection.withDeadline(Date.now() + left, isMissing ? startAndSend : sendOnly))
    } catch (error) {
      const answer = refusalOf(error) ?? (isNoAnswer(error) ? await rowAnswer() : undefined)
      if (answer) return resultOf(answer)
      if (isUnreadable(error)) return { kind: 'unavailable' }
      if (!isNoAnswer(error)) throw error
      isMissing = isGone(error)
      if (!isMissing) await pause(50)
    }
  }
  return unanswered(sending)
}

/** While a worker polls, the command is only late (202). Without a worker no process has received it (503). */
async function unanswered({ process }: Sending): Promise<CommandResult> {
  const { temporal, worker } = await process()
  return { kind: temporal && worker ? 'processing' : 'unavailable' }
}

/** After 1 s asks whether Temporal and a worker are there. When they are not, the person does not wait the whole 5 s. */
function startPatience(sending: Sending) {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<CommandResult>((resolve, reject) => {
    const look = () =>
      unanswered(sending).then((result) => {
        if (result.kind === 'unavailable') resolve(result)
      }, reject)
    timer = setTimeout(() => void look(), 1_000)
  })
  return { over, end: () => clearTimeout(timer) }
}

/** The client repeats calls by itself. A repetition on a closed connection would end the process, so close waits for them. */
function inFlight() {
  const calls = new Set<Promise<unknown>>()
  return {
    during: <T>(call: Promise<T>): Promise<T> => {
      const end = () => calls.delete(call)
      calls.add(call)
      call.then(end, end)
      return call
    },
    ended: () => Promise.allSettled(calls),
  }
}

/** An answer that cannot be opened (runtime/payload-codec.ts) is none; the row has it for when the request is repeated. */
function resultOf(answer: Answer | { refused: string }): CommandResult {
  if (!('ok' in answer)) return { kind: 'unavailable' }
  return answer.ok ? { kind: 'accepted' } : { kind: 'refused', refusal: answer }
}
