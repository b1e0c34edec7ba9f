/** The only place that speaks to Temporal: starts a backup's process and hands it people's commands. */
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client'
import type { PersonCommand } from '../../domain/backup/commands.ts'
import type { Answer } from '../../domain/backup/decide.ts'
import type { Refusal } from '../../domain/result.ts'
import type { ApiConfig } from '../../runtime/config.ts'
import { dataConverter } from '../../runtime/data-converter.ts'
import type { Log } from '../../runtime/log.ts'
import { connectionTo } from '../../runtime/temporal-connection.ts'
import * as messages from '../../workflows/backup/commands.ts'
import { once, type Process } from '../http/readiness.ts'
import { currentRequestId } from '../http/request-id.ts'
import { isGone, isNoAnswer, isOutage, refusalOf } from './errors.ts'

/** How long a person waits for an answer; then the act goes on without them (202). */
const patienceMs = 5_000

export type BackupRef = { id: string; reference: string; unitId: string; projectId: string }
/** A command on its way to a backup. `rowAnswer` answers from a finished row; undefined while it is a draft. */
export type Letter = {
  backup: BackupRef
  actor: string
  key: string | null
  updateId: string
  rowAnswer: () => Promise<Answer | undefined>
}
export type Told =
  { kind: 'accepted' } | { kind: 'refused'; refusal: Refusal } | { kind: 'processing' | 'unavailable' }

type Update = keyof typeof updates
const updates = {
  editBackup: messages.editBackup,
  discard: messages.discard,
  linkFile: messages.linkFile,
  editFile: messages.editFile,
  removeFile: messages.removeFile,
  sendCode: messages.sendCode,
  enterCode: messages.enterCode,
  submit: messages.submit,
} as const
type Details<T extends Update> = Omit<Extract<PersonCommand, { type: T }>, 'type'> &
  (T extends 'enterCode' ? { proof: string } : object)

export type Backups = {
  /** Starts the process behind a backup; one that runs already is left alone. */
  start: (backup: BackupRef) => Promise<void>
  tell: <T extends Update>(update: T, letter: Letter, details: Details<T>) => Promise<Told>
  process: () => Promise<Process>
  close: () => Promise<void>
}

export function connectBackups(config: ApiConfig, log: Log): Backups {
  const connection = Connection.lazy(connectionTo(config.TEMPORAL_ADDRESS))
  const client = new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(config.PAYLOAD_KEYS),
  })
  const calls = inFlight()
  const inTime = <T>(ms: number, call: () => Promise<T>) => connection.withDeadline(Date.now() + ms, call)
  const isRecent = recentPolls()
  const process = once(1_000, () => calls.during(findProcess()))

  const where = { taskQueue: config.TEMPORAL_TASK_QUEUE, publicUrl: config.PUBLIC_URL.replace(/\/$/, '') }

  async function start(backup: BackupRef): Promise<void> {
    await client.workflow.start(messages.backupWorkflow, messages.backupStart(backup, where))
  }

  /**
   * Sends the same update until somebody has decided it or the person's patience ends. Not found, not
   * processed and “completed meanwhile” are not answers: the row is asked, then the process is started again.
   */
  async function tell<T extends Update>(update: T, letter: Letter, details: Details<T>): Promise<Told> {
    const until = performance.now() + patienceMs
    const workflow = client.workflow.getHandle(messages.workflowIdOf(letter.backup.reference))
    const said = { ...details, key: letter.key, actor: letter.actor, requestId: currentRequestId() }
    const options = { args: [said] as [object], updateId: letter.updateId }
    const send = () => workflow.executeUpdate<Answer, [object]>(updates[update].name, options)
    // In one go: a finished backup that is amended ends as soon as nobody is being answered (R35).
    const startAndSend = () =>
      client.workflow.executeUpdateWithStart<messages.BackupWorkflow, Answer, [object]>(
        updates[update].name,
        {
          ...options,
          startWorkflowOperation: new WithStartWorkflowOperation(
            messages.backupWorkflow,
            messages.backupStart(letter.backup, where),
          ),
        },
      )
    const ask = async (): Promise<Told> => {
      let isMissing = false
      for (let left = patienceMs; left > 0; left = until - performance.now()) {
        try {
          return toldOf(await inTime(left, isMissing ? startAndSend : send))
        } catch (error) {
          const answer = refusalOf(error) ?? (isNoAnswer(error) ? await letter.rowAnswer() : undefined)
          if (answer) return toldOf(answer)
          if (!isNoAnswer(error)) throw error
          isMissing = isGone(error)
          if (!isMissing) await pause(50)
        }
      }
      return unanswered()
    }
    const answered = new AbortController()
    const { workflowId } = workflow
    const line = { requestId: currentRequestId(), update, workflowId, updateId: letter.updateId }
    try {
      const asked = calls.during(ask())
      const told = await Promise.race([asked, nobodyListens(answered.signal)])
      log.info({ ...line, told: told.kind === 'refused' ? told.refusal.code : told.kind }, 'command')
      return told
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ ...line, err: error }, 'no answer yet')
      return await unanswered()
    } finally {
      answered.abort()
    }
  }

  /** With a worker at work the act is only late; without one nobody has it. */
  async function unanswered(): Promise<Told> {
    const { temporal, worker } = await process()
    return { kind: temporal && worker ? 'processing' : 'unavailable' }
  }

  /** Nobody waits the whole patience for a process that is known to be away. */
  async function nobodyListens(signal: AbortSignal): Promise<Told> {
    await pause(1_000, undefined, { signal })
    const told = await unanswered()
    return told.kind === 'unavailable' ? told : new Promise<never>(() => undefined)
  }

  async function findProcess(): Promise<Process> {
    try {
      const { pollers } = await inTime(1_000, () =>
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

  return {
    start: (backup) => calls.during(inTime(patienceMs, () => start(backup))),
    tell,
    process,
    close: async () => {
      await calls.ended()
      await connection.close()
    },
  }
}

/** The client repeats calls by itself; one that it repeats on a closed connection would end the process. */
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

const toldOf = (answer: Answer): Told =>
  answer.ok ? { kind: 'accepted' } : { kind: 'refused', refusal: answer }

/** Pollers are remembered for minutes after they are gone; one that waits asks again within 60 s. */
const pollerIsGoneMs = 75_000

/**
 * Tells whether somebody polls, from the newest poll that Temporal remembers. One that is newer than at the
 * last look is recent, whatever our own clock says; only a look after a long time has to believe it.
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
