/** Linking data sets (R17–R24). */
import { accessionKey, checkAccession } from '../accessions.ts'
import { offeredDataTypes, repositoryOf } from '../catalogue.ts'
import { halfWidth, isSameEmail } from '../text.ts'
import { isoTime } from '../times.ts'
import { limits, noConsent, type Consent } from './consent.ts'
import { changed, factOf, refused, unchanged, withFile, type Rule } from './decision.ts'
import { fullUntil } from './facts.ts'
import { countedFiles, findFile, type DataFile, type Draft, type FileStatus } from './state.ts'

/** R18–R23: refused as a mismatch, or linked as 完成, 待验证 or 校验中. Linked twice under one id it is linked once. */
export const linkFile: Rule<'linkFile'> = {
  by: ['custodian'],
  in: ['draft'],
  decide(draft, command, facts) {
    if (findFile(draft, command.fileId)) return unchanged
    // The memory of its key may be gone; what a person took out does not come back.
    if (facts.wasRemoved) return refused('NOT_FOUND')
    if (!offeredDataTypes(draft.contentTypes).includes(command.dataType))
      return refused('DATA_TYPE_NOT_OFFERED') // R14
    const form = checkAccession(command.dataType, command.accession)
    if (!form.ok) return refused(form.code, form.params) // R19
    const { accession } = form
    const replaced = draft.files.find((file) => file.id === command.replaces && isCorrectable(file))
    const others = draft.files.filter((file) => file !== replaced)
    const same = countedFiles(others).find((file) => accessionKey(file.accession) === accessionKey(accession))
    if (same) return refused('ACCESSION_DUPLICATE', { accession, item: draft.files.indexOf(same) + 1 }) // R23
    if (facts.elsewhere && !command.confirmDuplicate)
      return refused('ACCESSION_ELSEWHERE', {
        accession,
        number: facts.elsewhere.number,
        ...facts.elsewhere.own,
      }) // R23
    const full = fullUntil(facts.mismatches, limits.mismatchesPerAccount)
    if (full !== undefined)
      return refused('CHECK_DAILY_LIMIT', { limit: limits.mismatchesPerAccount, time: isoTime(full) })
    if (facts.checked === 'mismatch')
      return refused('ACCOUNT_ACCESSION_MISMATCH', { repository: repositoryOf(command.dataType) }, 'mismatch') // R20: nothing is added
    const file: DataFile = {
      id: command.fileId,
      dataType: command.dataType,
      sampleCount: command.sampleCount,
      mbPerSample: command.mbPerSample,
      depositorEmail: halfWidth(command.depositorEmail),
      accession,
      status: facts.checked === 'match' ? checkedStatus(draft, command.depositorEmail) : 'checking',
      consent: noConsent,
      wrongTriesForLife: facts.wrongTriesForLife,
    }
    return changed(
      { ...draft, files: [...others, file] },
      factOf(facts.checked === 'match' ? 'fileAddedAndChecked' : 'fileAdded', file),
    )
  },
}

type Correctable = { status: FileStatus; consent: Pick<Consent, 'status'> }
/** R21, R25: its account or accession is wrong, as the repository or the mail server told. */
export const isCorrectable = ({ status, consent }: Correctable): boolean =>
  status === 'mismatch' || (status === 'pending' && consent.status === 'undelivered')

/** R24 */
export const removeFile: Rule<'removeFile'> = {
  by: ['custodian'],
  in: ['draft'],
  decide(draft, { fileId }) {
    const file = findFile(draft, fileId)
    if (!file) return refused('NOT_FOUND')
    return changed(
      { ...draft, files: draft.files.filter((other) => other !== file) },
      factOf('fileRemoved', file),
    )
  },
}

/** The repository's answer to a file in 校验中; a late mismatch stays as 校验失败 (R21). */
export const recordCheck: Rule<'recordCheck'> = {
  by: ['system'],
  in: ['draft'],
  decide(draft, { fileId, answer }) {
    const file = findFile(draft, fileId)
    if (file?.status !== 'checking') return unchanged
    return answer === 'mismatch'
      ? changed(withFile(draft, { ...file, status: 'mismatch' }), factOf('fileMismatched', file), 'mismatch')
      : changed(
          withFile(draft, { ...file, status: checkedStatus(draft, file.depositorEmail) }),
          factOf('fileChecked', file),
        )
  },
}

/** R22 */
const checkedStatus = (draft: Draft, depositorEmail: string): 'done' | 'pending' =>
  isSameEmail(depositorEmail, draft.leadEmail) ? 'done' : 'pending'
