/** `decide` as tests say it: facts that a case does not name are those of a quiet day. */
import { custodian, system, type Actor } from '../../domain/actor.ts'
import type { Command } from '../../domain/backup/commands.ts'
import { decide } from '../../domain/backup/decide.ts'
import {
  answerOf,
  changeOf,
  countOf,
  itemOf,
  type Answer,
  type Count,
  type ItemKind,
  type Decision,
  type Fact,
} from '../../domain/backup/decision.ts'
import type { FactsOf } from '../../domain/backup/facts.ts'
import { findFile, type Backup, type Submitted } from '../../domain/backup/state.ts'

/** Any of the facts that any command needs. */
export type SomeFacts = Partial<FactsOf['linkFile'] & FactsOf['sendCode'] & FactsOf['enterCode']>

const never = { count: 0, freeAt: 0 }
function allFacts(state: Backup, command: Command, given: SomeFacts) {
  const file = 'fileId' in command ? findFile(state, command.fileId) : undefined
  return {
    elsewhere: null,
    wasRemoved: false,
    wrongTriesForLife: file?.wrongTriesForLife ?? 0,
    mismatches: never,
    checked: null,
    codes: never,
    ownMails: never,
    lastOwnMail: never,
    mailsInDay: never,
    mailsInWeek: never,
    mailedAt: null,
    wrongCodes: never,
    isRight: false,
    ...given,
  }
}

export const isOwn = (command: Command): boolean =>
  command.type === 'expire' || command.type.startsWith('record')
const actorOf = (command: Command, accountId: string | null): Actor =>
  isOwn(command) || accountId === null ? system : custodian(accountId)

/** A decision without its union: the same `state` when nothing changed; a submitted draft has the number `next`. */
export type Flat = { answer: Answer; state: Backup; fact?: Fact; count?: Count; item?: ItemKind }
export function flat(state: Backup, decision: Decision): Flat {
  const change = changeOf(decision)
  const count = countOf(decision)
  const item = itemOf(decision)
  return {
    answer: answerOf(decision),
    state: change ? numbered(change.state) : state,
    ...(change && { fact: change.fact }),
    ...(count && { count }),
    ...(item && { item }),
  }
}
const numbered = (state: Backup | Submitted): Backup =>
  state.stage === 'submitted'
    ? { ...state, stage: 'completed', number: 'next', issuedAt: 0, report: { version: 1, acknowledged: 0 } }
    : state

export const decideAs = (
  state: Backup,
  command: Command,
  facts: SomeFacts,
  accountId: string | null,
  at: number,
): Decision => decide(state, command, allFacts(state, command, facts), actorOf(command, accountId), at)

/** Number, time of issue and report of a completed backup; of any other what it has instead. */
export const issuedOf = (backup: Backup) =>
  backup.stage === 'completed'
    ? backup
    : { number: null, issuedAt: null, report: { version: 0, acknowledged: 0 } }
