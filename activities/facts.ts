/** One finder of facts for each command: what `decide` needs to know while the row is locked. */
import { type Actor, accountOf } from '../domain/actor.ts'
import { normaliseAccession } from '../domain/accessions.ts'
import type { CommandOf, CommandType, RepositoryAnswer } from '../domain/backup/commands.ts'
import { liveGenerations } from '../domain/backup/consent.ts'
import type { FactsOf } from '../domain/backup/facts.ts'
import { findFile, type Backup, type DataFile } from '../domain/backup/state.ts'
import type { Trx } from '../db/connect.ts'
import { findLinkFacts } from '../db/accessions.ts'
import { findCodeFacts, findTryFacts } from '../db/consents.ts'
import { isCode } from '../runtime/codes.ts'
import type { Call } from './call.ts'
import type { Deps } from './deps.ts'

/** What was asked outside of the transaction, before it. */
export type Learnt = { checked?: RepositoryAnswer | null }

type FindFacts<T extends CommandType> = (of: {
  deps: Deps
  trx: Trx
  state: Backup
  call: Call<CommandOf<T>>
  learnt: Learnt
}) => Promise<FactsOf[T]>

const nothing = () => Promise.resolve({})

/** R18–R23 */
const linkFile: FindFacts<'linkFile'> = async ({ trx, state, call: { command, actor, now }, learnt }) => ({
  ...(await findLinkFacts(trx, linkOf(state, command, actor), now, { holds: true })),
  checked: learnt.checked ?? null,
})

/** What a link must know is asked of these. */
export const linkOf = (state: Backup, command: CommandOf<'linkFile'>, actor: Actor) => ({
  unitId: state.unitId,
  projectId: state.projectId,
  backupId: state.id,
  fileId: command.fileId,
  accession: normaliseAccession(command.accession),
  accountId: accountOf(actor) ?? state.custodianId,
})

/** R27 and the limits of codes and mails. */
const sendCode: FindFacts<'sendCode'> = ({ trx, state, call: { command, now } }) =>
  findCodeFacts(
    trx,
    { projectId: state.projectId, accountId: state.custodianId, file: knownFile(state, command.fileId) },
    now,
  )

/** R28: the tries are held before the code is compared. */
const enterCode: FindFacts<'enterCode'> = async ({ deps, trx, state, call: { command, now } }) => {
  const file = knownFile(state, command.fileId)
  const of = { projectId: state.projectId, file, accountId: state.custodianId }
  const { keyId, ...tries } = await findTryFacts(trx, of, now)
  const isRight = liveGenerations(file.consent, now).some((generation) =>
    isCode(deps.codeKeys, command.proof, { id: file.id, keyId, generation }),
  )
  return { ...tries, isRight }
}

// A command without its line does not compile.
const finders: { readonly [T in CommandType]: FindFacts<T> } = {
  editBackup: nothing,
  discard: nothing,
  linkFile,
  editFile: nothing,
  removeFile: nothing,
  sendCode,
  enterCode,
  submit: nothing,
  recordCheck: nothing,
  recordAcceptance: nothing,
  recordUndelivered: nothing,
  recordSync: nothing,
  expire: nothing,
}

/** For a command that passed `gate`. */
export const findFacts = <T extends CommandType>(of: Parameters<FindFacts<T>>[0]): Promise<FactsOf[T]> =>
  // The command's type picks its own finder; TypeScript cannot follow the look-up.
  finders[of.call.command.type](of)

function knownFile(state: Backup, fileId: string): DataFile {
  const file = findFile(state, fileId)
  if (!file) throw new Error('The gate lets no command about an unknown file pass')
  return file
}
