/** What a rule can answer, and the words to write it. */
import { refusal, type Params, type Refusal, type RefusalCode } from '../result.ts'
import type { Actor } from '../actor.ts'
import type { CommandOf, CommandType } from './commands.ts'
import type { FactsOf } from './facts.ts'
import type { Backup, DataFile, Draft, Submitted } from './state.ts'

/** One line of the timeline and of the audit: what happened, to which file. */
export type Fact = { action: Action; fileId?: string; params?: Params; reason?: string | undefined }
export type Action =
  | 'backupCreated'
  | 'backupEdited'
  | 'backupDiscarded'
  | 'fileAdded'
  | 'fileAddedAndChecked'
  | 'fileChecked'
  | 'fileMismatched'
  | 'fileEdited'
  | 'fileAmended'
  | 'fileRemoved'
  | 'codeRequested'
  | 'codeSent'
  | 'codeUndelivered'
  | 'codesExpired'
  | 'codeWrong'
  | 'codeVoided'
  | 'fileLocked'
  | 'fileAuthorised'
  | 'numberIssued'
  | 'numberSynced'
  | 'filed'

/** What counts towards a limit of the account, the data set or the recipient. `undelivered`: a mail counts no more. */
export type Count = 'mismatch' | 'wrongCode' | 'code' | 'undelivered'
/** What an operator should look at: a recipient has as many mails as the totals allow (R28, R53). */
export type ItemKind = 'recipientFull' | 'unitDisputed'

/** What no row says later: accepted, or refused and why. */
export type Answer = { ok: true } | Refusal

/** A change comes with its fact. A refusal may change something too: a wrong code is counted (R28). */
export type Change = { state: Backup | Submitted; fact: Fact }
export type Decision =
  | { kind: 'unchanged' }
  | ({ kind: 'changed'; count?: Count; item?: ItemKind } & Change)
  | { kind: 'refused'; refusal: Refusal; change?: Change; count?: Count }

/**
 * One rule. `by`: who may give the command (others: NOT_FOUND). `in`: the stages that it changes. `already`: the
 * stage in which it has happened, so that giving it again is accepted and changes nothing.
 */
export type Rule<T extends CommandType, S extends Backup = Draft> = {
  by: readonly Actor['kind'][]
  in: readonly S['stage'][]
  already?: Exclude<Backup['stage'], 'draft'>
  decide(state: S, command: CommandOf<T>, facts: FactsOf[T], at: number): Decision
}

export const unchanged: Decision = { kind: 'unchanged' }
export const refused = (code: RefusalCode, params: Params = {}, count?: Count): Decision => ({
  kind: 'refused',
  refusal: refusal(code, params),
  ...(count && { count }),
})
export const changed = (state: Backup | Submitted, fact: Fact, count?: Count) => ({
  kind: 'changed' as const,
  state,
  fact,
  ...(count && { count }),
})

export const answerOf = (decision: Decision): Answer =>
  decision.kind === 'refused' ? decision.refusal : { ok: true }
/** What is to be written; undefined when nothing is. */
export function changeOf(decision: Decision): Change | undefined {
  if (decision.kind === 'changed') return decision
  return decision.kind === 'refused' ? decision.change : undefined
}
export const countOf = (decision: Decision): Count | undefined =>
  decision.kind === 'unchanged' ? undefined : decision.count

export const itemOf = (decision: Decision): ItemKind | undefined =>
  decision.kind === 'changed' ? decision.item : undefined

/** The backup with this one file in the place of its former self. */
export const withFile = <S extends Backup>(state: S, file: DataFile): S => ({
  ...state,
  files: state.files.map((other) => (other.id === file.id ? file : other)),
})

export const factOf = (action: Action, file: DataFile, params: Params = {}): Fact => ({
  action,
  fileId: file.id,
  params: { accession: file.accession, ...params },
})
