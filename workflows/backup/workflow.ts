/** One unfinished backup, from its draft to the acknowledged number. */
import * as wf from '@temporalio/workflow'
import { system } from '../../domain/actor.ts'
import type { OwnCommand } from '../../domain/backup/commands.ts'
import type { Answer } from '../../domain/backup/decision.ts'
import { isFinished, type Mirror } from '../../domain/backup/mirror.ts'
import { commandOf, type Trouble } from '../../domain/backup/outside.ts'
import { shortStep } from '../kit/steps.ts'
import { createTurns } from '../kit/turns.ts'
import { firstMoving, movingOf, movingPairs } from './attributes.ts'
import {
  commands,
  progress,
  reload,
  trouble,
  unreadablePayload,
  updateOf,
  type CommandName,
  type CommandRequest,
} from './commands.ts'
import { detailsOf } from './describe.ts'
import { createOwedWork } from './owed-work.ts'
import type { BackupInput } from './process.ts'

export async function backup(input: BackupInput): Promise<void> {
  refuseUnreadable(input, 'backupId')
  const { backupId } = input
  const turns = createTurns()
  let mirror: Mirror | null = null
  let troubles: readonly Trouble[] = []
  let since = input.since ?? Date.now()
  let shown = firstMoving

  const owedWork = createOwedWork({
    settled: (job, outcome, agoMs) => recordOwn(commandOf(job, outcome), agoMs),
    gone: () => look(),
    overdue: () => show(known()),
  })

  /** The row has changed: shows it, starts the work that is owed now, stops the work that is not owed any more. */
  function applyMirror(next: Mirror): void {
    if (mirror && next.version < mirror.version) return // a late answer
    if (mirror && String(mirror.waitingFor) !== String(next.waitingFor)) since = Date.now()
    mirror = next
    troubles = next.troubles ?? troubles
    show(next)
    owedWork.reconcile(next)
  }

  function show(seen: Mirror): void {
    const overdue = owedWork
      .overdue(seen)
      .map((job) => ({ job, trouble: troubles.find(({ key }) => key === job.key) }))
    wf.setCurrentDetails(detailsOf(seen, since, overdue))
    const moving = movingOf(seen, overdue)
    if (JSON.stringify(moving) === JSON.stringify(shown) || isFinished(seen)) return
    shown = moving
    wf.upsertSearchAttributes(movingPairs(moving))
  }

  const look = (): Promise<void> =>
    turns.take(async () => {
      applyMirror(await shortStep('look', '查看记录 · look at the row')(backupId, Date.now()))
    })

  function recordOwn(command: OwnCommand, agoMs = 0): Promise<void> {
    const now = Date.now() - Math.round(agoMs)
    return turns.take(async () => {
      const call = { backupId, key: null, actor: system, now, command }
      applyMirror((await shortStep('recordOutcome', ownSummaries[command.type])(call)).mirror)
    })
  }

  /** A person's command: one local activity, whose answer is the person's answer. */
  async function answer(name: CommandName, request: CommandRequest): Promise<Answer> {
    await wf.condition(() => mirror !== null) // the first look comes first
    return await turns.take(async () => {
      const { step, summary } = commands[name]
      const recorded = await shortStep(step, summary)({ backupId, now: Date.now(), ...request })
      applyMirror(recorded.mirror)
      return recorded.answer
    })
  }

  for (const name of Object.keys(commands) as CommandName[])
    wf.setHandler(updateOf(name), (request) => answer(name, request), {
      validator: (request: object) => refuseUnreadable(request, 'actor'),
    })
  wf.setHandler(reload, look)
  wf.setHandler(trouble, look)
  wf.setHandler(progress, () => mirror)

  // Only now: an update that meets no handler at the end of the first activation is refused for good.
  await look()
  const known = (): Mirror => mirror ?? unreachable()
  const mayBeginAnew = () => turns.taken() > mostTurns && wf.allHandlersFinished()
  // A finished row may be amended while this runs (R35): the end is when no command is being answered.
  const isOver = () => isFinished(known()) && wf.allHandlersFinished()
  while (!isOver()) {
    const { wakeAt } = known()
    const hasMoved = () => isOver() || known().wakeAt !== wakeAt || mayBeginAnew()
    if (wakeAt === null) await wf.condition(hasMoved)
    else if (!(await wf.condition(hasMoved, Math.max(1, wakeAt - Date.now()), { summary: wakeSummary })))
      await recordOwn({ type: 'expire' })
    if (mayBeginAnew()) await wf.continueAsNew<typeof backup>({ ...input, since })
  }
}

/**
 * Turns after which the workflow begins anew from its row, some 500 events, long before the server suggests it.
 * A worker that restarts replays every unfinished backup; one that was busy for weeks must not hold up the
 * others. Turns are counted, because the length of the history is another one when it is replayed.
 */
const mostTurns = 100

const wakeSummary = '验证码到期 · a code expires, or a mail is given up'
const ownSummaries: Record<OwnCommand['type'], string> = {
  recordCheck: '记录数据库应答 · record the repository’s answer',
  recordAcceptance: '记录邮件已被对方服务器接收 · record that the mail was accepted',
  recordUndelivered: '记录邮件未送达 · record that the mail was not delivered',
  recordSync: '记录人遗系统确认 · record the acknowledgement',
  expire: '记录到期 · record what has expired',
}

/** The codec marks a payload that it cannot open; no handler may act on it (R59). `has`: what ours always have. */
function refuseUnreadable(given: object, has: string): void {
  if ('refused' in given || !(has in given))
    throw wf.ApplicationFailure.nonRetryable('The payload cannot be opened', unreadablePayload)
}

function unreachable(): never {
  throw new Error('The first look comes before everything else')
}
