import type { PersonCommand } from '../../domain/backup/commands.ts'
import { hour, limits, liveGenerations } from '../../domain/backup/consent.ts'
import { codeSubject, countWithin } from '../../db/windows.ts'
import { findCodeKeyId, findMailedAt, lockWrongTries } from '../../db/data-sets.ts'
import { emailKey } from '../../domain/text.ts'
import { isCode } from '../../runtime/codes.ts'
import type { Deps } from '../deps.ts'
import { nowTry } from '../attempts/now.ts'
import { record, type Call, type Learn, type Recorded } from '../record.ts'

type SendCode = Extract<PersonCommand, { type: 'sendCode' }>
type EnterCode = Extract<PersonCommand, { type: 'enterCode' }>

/**
 * R25–R27 in two transactions: the intent with its limits counted, then the mail server's acceptance, from
 * which the 48 hours run. While a mail is on its way this is one more try of the same one.
 */
export async function sendCode(deps: Deps, call: Call<SendCode>): Promise<Recorded> {
  const { fileId } = call.command
  const intent = await record(deps, call, learnLimits(call))
  return await nowTry(deps, call, intent, (job) => job.kind === 'mail' && job.fileId === fileId)
}

const learnLimits =
  ({ command, now }: Call<SendCode>): Learn =>
  async (trx, state) => {
    const file = state.files.find((one) => one.id === command.fileId)
    if (!file) return {}
    const recipient = emailKey(file.depositorEmail)
    const day = 24 * hour
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

/** R28: counted, compared and decided in one transaction. `proof` is an HMAC of what was typed. */
export const enterCode = (deps: Deps, call: Call<EnterCode>, proof: string): Promise<Recorded> =>
  record(deps, call, compare(deps, call, proof), proof)

const compare =
  (deps: Deps, { command, actor, now }: Call<EnterCode>, proof: string): Learn =>
  async (trx, state) => {
    const file = state.files.find((one) => one.id === command.fileId)
    if (!file || actor !== state.custodianId) return {}
    const wrongTriesForLife = await lockWrongTries(trx, state.projectId, file.accession)
    const wrongCodes = await countWithin(trx, 'wrongCode', actor, limits.wrongCodesPerAccount, 24 * hour, now)
    const keyId = await findCodeKeyId(trx, file.id)
    const isRight =
      keyId !== undefined &&
      liveGenerations(file.consent, now).some((generation) =>
        isCode(deps.codeKeys, proof, { id: file.id, keyId, generation }),
      )
    return { wrongTriesForLife, wrongCodes, isRight }
  }
