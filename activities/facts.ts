/** One finder of facts for each command: what `decide` needs to know while the row is locked. */
import { accountOf } from '../domain/actor.ts'
import { normaliseAccession } from '../domain/accessions.ts'
import type { CommandOf, CommandType, RepositoryAnswer } from '../domain/backup/commands.ts'
import { limits, liveGenerations } from '../domain/backup/consent.ts'
import type { FactsOf } from '../domain/backup/facts.ts'
import { findFile, type Backup, type DataFile } from '../domain/backup/state.ts'
import { emailKey } from '../domain/text.ts'
import { day } from '../domain/times.ts'
import type { Trx } from '../db/connect.ts'
import { findElsewhere } from '../db/accessions.ts'
import { countWrongTries, findCodeKeyId, findMailedAt, lockWrongTries } from '../db/consents.ts'
import { codeSubject, countWithin } from '../db/windows.ts'
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
const linkFile: FindFacts<'linkFile'> = async ({ trx, state, call: { command, actor, now }, learnt }) => {
  const accession = normaliseAccession(command.accession)
  const account = accountOf(actor)
  return {
    elsewhere: await findElsewhere(trx, {
      unitId: state.unitId,
      backupId: state.id,
      accession,
      actor: account,
    }),
    wrongTriesForLife: await countWrongTries(trx, state.projectId, accession),
    mismatches: await countWithin(
      trx,
      'mismatch',
      account ?? state.custodianId,
      limits.mismatchesPerAccount,
      day,
      now,
    ),
    checked: learnt.checked ?? null,
  }
}

/** R27 and the limits of codes and mails. */
const sendCode: FindFacts<'sendCode'> = async ({ trx, state, call: { command, now } }) => {
  const file = knownFile(state, command.fileId)
  const recipient = emailKey(file.depositorEmail)
  const dataSet = codeSubject(state.projectId, file.accession)
  const codes = await countWithin(trx, 'code', dataSet, limits.codesPerFile, day, now)
  return {
    codes,
    // Only now: whoever asks for the same data set at the same moment has waited, and sees the other's mail.
    mailedAt: await findMailedAt(trx, state.projectId, file),
    mailsInDay: await countWithin(trx, 'mail', recipient, limits.mailsPerRecipientDay, day, now),
    mailsInWeek: await countWithin(trx, 'mail', recipient, limits.mailsPerRecipientWeek, 7 * day, now),
  }
}

/** R28: the tries are held before the code is compared. */
const enterCode: FindFacts<'enterCode'> = async ({ deps, trx, state, call: { command, now } }) => {
  const file = knownFile(state, command.fileId)
  const wrongTriesForLife = await lockWrongTries(trx, state.projectId, file.accession)
  const { wrongCodesPerAccount } = limits
  const wrongCodes = await countWithin(trx, 'wrongCode', state.custodianId, wrongCodesPerAccount, day, now)
  const keyId = await findCodeKeyId(trx, file.id)
  const isRight =
    keyId !== undefined &&
    liveGenerations(file.consent, now).some((generation) =>
      isCode(deps.codeKeys, command.proof, { id: file.id, keyId, generation }),
    )
  return { wrongTriesForLife, wrongCodes, isRight }
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
