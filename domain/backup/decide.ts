/** The table of rules: every way in which a backup changes, and who may change it when. */
import type { Actor } from '../actor.ts'
import { isoTime } from '../times.ts'
import * as amendments from './amendments.ts'
import type { CommandOf, CommandType } from './commands.ts'
import * as consents from './consents.ts'
import { refused, unchanged, type Decision, type Rule } from './decision.ts'
import * as drafts from './drafts.ts'
import type { FactsOf } from './facts.ts'
import * as files from './files.ts'
import { findFile, type Backup } from './state.ts'
import * as submission from './submission.ts'

const rules: { readonly [T in CommandType]: Rule<T, Backup> } = {
  editBackup: drafts.editBackup,
  discard: drafts.discard,
  linkFile: files.linkFile,
  editFile: amendments.editFile,
  removeFile: files.removeFile,
  sendCode: consents.sendCode,
  enterCode: consents.enterCode,
  submit: submission.submit,
  recordCheck: files.recordCheck,
  recordAcceptance: consents.recordAcceptance,
  recordUndelivered: consents.recordUndelivered,
  recordSync: submission.recordSync,
  expire: consents.expire,
}

/**
 * Decides one command at the time `at` (epoch ms). Nothing is changed in place. `facts` must have been found while
 * the row was locked; only a command that passes `gate` needs them.
 */
export function decide<T extends CommandType>(
  state: Backup,
  command: CommandOf<T>,
  facts: FactsOf[T],
  actor: Actor,
  at: number,
): Decision {
  return gate(state, command, actor) ?? ruleOf<T>(command).decide(state, command, facts, at)
}

/**
 * What needs no facts: who may say it (R56), and what a finished backup answers (R16, R33, R34). Undefined when the
 * command's own rule has to decide.
 */
export function gate(state: Backup, command: CommandOf<CommandType>, actor: Actor): Decision | undefined {
  const rule = ruleOf(command)
  const isSystem = actor.kind === 'system'
  if (!rule.by.includes(actor.kind) || !mayAct(state, actor)) return refused('NOT_FOUND')
  const isAboutMissingFile =
    'fileId' in command && command.type !== 'linkFile' && !findFile(state, command.fileId)
  if (rule.already === state.stage && !isAboutMissingFile) return unchanged
  if (!rule.in.includes(state.stage)) {
    if (isSystem) return unchanged // it came too late
    if (state.stage === 'completed')
      return refused('BACKUP_LOCKED', { time: isoTime(state.issuedAt), number: state.number }) // R34
    return refused('NOT_FOUND')
  }
  if (isAboutMissingFile) return isSystem ? unchanged : refused('NOT_FOUND')
  return undefined
}

const mayAct = (state: Backup, actor: Actor): boolean =>
  actor.kind !== 'custodian' || actor.accountId === state.custodianId

// The command's type picks its own rule; TypeScript cannot follow the look-up.
const ruleOf = <T extends CommandType>(command: CommandOf<T>): Rule<T, Backup> => rules[command.type]
