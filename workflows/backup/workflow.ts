/** One unfinished backup, from its draft to the acknowledged number (DESIGN §3). */
import type { UpdateDefinition } from '@temporalio/common'
import * as wf from '@temporalio/workflow'
import type { Call, Recorded } from '../../activities/record.ts'
import { isFinished, type Job, type Mirror } from '../../domain/backup/state.ts'
import { isTooSoon, minute, resendAt } from '../../domain/backup/consent.ts'
import type { Command, OwnCommand, PersonCommand } from '../../domain/backup/commands.ts'
import type { Answer } from '../../domain/backup/decide.ts'
import { commandOf } from '../../domain/backup/outside.ts'
import { firstMoving, movingOf, movingPairs } from '../kit/attributes.ts'
import { detailsOf, summaryOf } from '../kit/describe.ts'
import * as m from './commands.ts'
import { later, soon } from '../kit/steps.ts'

export async function backup(input: m.BackupInput): Promise<void> {
  /** Owed work that a regular activity is on. */
  const running = new Map<string, { job: Job; scope: wf.CancellationScope; isOverdue: boolean }>()
  let mirror: Mirror | null = null
  let since = input.since ?? Date.now()
  let shown = firstMoving

  /** The row has moved: show it, start what is owed now, stop what no longer is. */
  function follow(next: Mirror): void {
    if (mirror && next.version < mirror.version) return // a late answer
    if (mirror && String(mirror.waitingFor) !== String(next.waitingFor)) since = Date.now()
    mirror = next
    show(next)
    for (const [key, { scope }] of running) if (!next.owed.some((job) => job.key === key)) scope.cancel()
    for (const job of next.owed) if (!running.has(job.key)) settle(job, next)
  }

  function show(seen: Mirror): void {
    const overdue = [...running.values()].filter((one) => one.isOverdue).map((one) => one.job)
    wf.setCurrentDetails(detailsOf(seen, since, overdue))
    const moving = movingOf(seen, overdue)
    if (JSON.stringify(moving) === JSON.stringify(shown) || isFinished(seen)) return
    shown = moving
    wf.upsertSearchAttributes(movingPairs(moving))
  }

  /**
   * One local activity at a time. Two that are out together are lived one after the other and replayed at once:
   * their commands then come in another order, and the workflow is stuck for good (R54).
   */
  let last: Promise<unknown> = Promise.resolve()
  let turns = 0
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    turns += 1
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }

  const look = (): Promise<void> =>
    inTurn(async () => {
      follow(await soon('look', '查看记录 · look at the row')(input.backupId, Date.now()))
    })

  function own(command: OwnCommand, agoMs = 0): Promise<void> {
    const now = Date.now() - Math.round(agoMs)
    const call = { backupId: input.backupId, key: null, actor: null, now, command }
    return inTurn(async () => {
      follow((await soon('recordOutcome', ownSummaries[command.type])(call)).mirror)
    })
  }

  /** Goes on asking the outside world until it has answered, or nobody waits for it any more. */
  function settle(job: Job, seen: Mirror): void {
    const scope = new wf.CancellationScope()
    const entry = { job, scope, isOverdue: false }
    running.set(job.key, entry)
    const markOverdue = async () => {
      await wf.sleep(minute, { summary: `一分钟无应答 · no answer for a minute: ${job.kind}` })
      entry.isOverdue = true
      if (mirror) show(mirror)
    }
    const work = async () => {
      const settled = await scope.run(() => {
        markOverdue().catch(ignoreCancellation)
        return later(job, summaryOf(job, seen))
      })
      running.delete(job.key)
      scope.cancel() // the timer
      await (settled.kind === 'gone' ? look() : own(commandOf(job, settled.outcome), settled.agoMs))
    }
    work().catch((error: unknown) => {
      running.delete(job.key)
      ignoreCancellation(error)
    })
  }

  /** A person's command: one local activity, whose answer is the person's answer. */
  function on<C extends PersonCommand, S extends m.Said<C>>(
    update: UpdateDefinition<Answer, [S]>,
    act: (call: Call<C>, said: S) => Promise<Recorded>,
    validator: (said: S) => void = refuseUnencrypted,
  ): void {
    const handler = async (said: S): Promise<Answer> => {
      await wf.condition(() => mirror !== null) // the first look comes first
      const { key, actor, requestId, ...rest } = said
      const command = { type: update.name, ...rest } as unknown as C // the update's name is the command's type
      return await inTurn(async () => {
        const call = { backupId: input.backupId, key, actor, requestId, now: Date.now(), command }
        const recorded = await act(call, said)
        follow(recorded.mirror)
        return recorded.answer
      })
    }
    wf.setHandler(update, handler, { validator })
  }

  const change = (summary: string) => (call: Call<PlainCommand>) => soon('change', summary)(call)
  on(m.editBackup, change('修改备份 · edit the backup'))
  on(m.discard, change('放弃备份 · discard the backup'))
  on(m.linkFile, soon('linkFile', '询问数据库并关联文件 · ask the repository, link the file'))
  on(m.editFile, soon('editFile', '修改文件 · edit the file'))
  on(m.removeFile, change('删除文件 · remove the file'))
  on(m.sendCode, soon('sendCode', '发送验证码 · mail the code'), (said) => {
    refuseUnencrypted(said)
    refuseTooSoon(mirror, said.fileId)
  })
  on<EnterCode, m.Said<EnterCode> & { proof: string }>(m.enterCode, ({ command, ...call }, { proof }) =>
    soon('enterCode', '比对验证码 · compare the code')(
      { ...call, command: { type: 'enterCode', fileId: command.fileId } },
      proof,
    ),
  )
  on(m.submit, soon('submit', '签发备份号 · issue the number'))
  wf.setHandler(m.reload, look)
  wf.setHandler(m.progress, () => mirror)

  // Only now: an update that meets no handler at the end of the first activation is refused for good.
  await look()
  const known = (): Mirror => mirror ?? unreachable()
  const mayRoll = () => turns > mostTurns && wf.allHandlersFinished()
  // A finished row may be amended while we are here (R35): the end is when nobody is being answered.
  const isOver = () => isFinished(known()) && wf.allHandlersFinished()
  while (!isOver()) {
    const { deadline } = known()
    const hasMoved = () => isOver() || known().deadline !== deadline || mayRoll()
    if (deadline === null) await wf.condition(hasMoved)
    else if (
      !(await wf.condition(hasMoved, Math.max(1, deadline - Date.now()), { summary: deadlineSummary }))
    )
      await own({ type: 'expire' })
    if (mayRoll()) await wf.continueAsNew<typeof backup>({ ...input, since })
  }
}

type PlainCommand = Extract<PersonCommand, { type: 'editBackup' | 'discard' | 'removeFile' }>
type EnterCode = Extract<PersonCommand, { type: 'enterCode' }>

/**
 * Turns after which the workflow begins anew from its row, some 500 events, long before the server suggests it.
 * Whatever restarts a worker has it replay every unfinished backup; one that was busy for weeks must not hold up the
 * others. Turns are counted, because the length of the history is another one when it is replayed.
 */
const mostTurns = 100

const deadlineSummary = '验证码到期 · a code expires, or a mail is given up'
const ownSummaries: Record<Exclude<Command['type'], PersonCommand['type']>, string> = {
  recordCheck: '记录数据库应答 · record the repository’s answer',
  recordAcceptance: '记录邮件已送达 · record that the mail was accepted',
  recordUndelivered: '记录邮件未送达 · record that the mail was not delivered',
  recordSync: '记录人遗系统确认 · record the acknowledgement',
  expire: '记录到期 · record what has expired',
}

/** The codec marks what reached us in plain text; nobody may act on it (DESIGN §3). */
function refuseUnencrypted(said: object): void {
  if ('refused' in said || !('actor' in said))
    throw wf.ApplicationFailure.nonRetryable('The payload was not encrypted', 'NOT_ENCRYPTED')
}

/** R27, early: the time of the last mail moves one way only, and only this workflow moves it. */
function refuseTooSoon(mirror: Mirror | null, fileId: string): void {
  const file = mirror?.files.find((one) => one.id === fileId)
  if (file?.status !== 'pending' || !isTooSoon(file.consent, Date.now())) return
  const time = new Date(resendAt(file.consent) ?? 0).toISOString()
  throw wf.ApplicationFailure.nonRetryable('Too early for another code', 'CODE_TOO_SOON', { time })
}

function ignoreCancellation(error: unknown): void {
  if (!wf.isCancellation(error)) throw error
}

function unreachable(): never {
  throw new Error('The first look comes before everything else')
}
