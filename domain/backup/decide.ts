/** Every rule about changing a backup, as one pure function (DESIGN §1). */
import type { Backup, DataFile } from './state.ts'
import { blockingFiles, countedFiles, fileStatus } from './state.ts'
import type { Command, EditFile, LinkFile, OwnCommand, PersonCommand, RepositoryAnswer } from './commands.ts'
import * as consents from './consent.ts'
import { accessionKey, checkAccession } from '../accessions.ts'
import { offeredDataTypes, repositoryOf } from '../catalogue.ts'
import type { Refusal, RefusalCode, Params } from '../result.ts'
import { assertNever, refuse } from '../result.ts'
import { isSameEmail, tidy } from '../text.ts'

/** What only the locked row, or the outside world, allows to know; learnt before deciding. */
export type Facts = {
  /** linkFile: the repository's answer; `null` = none yet, the check goes on by itself. */
  checked?: RepositoryAnswer | null
  /** linkFile: the same data set in another backup of the unit; its number when the actor may see it. */
  elsewhere?: { number: string | null } | null
  /** linkFile, enterCode: wrong codes so far for this accession in this project. */
  wrongTriesForLife?: number
  /** linkFile: mismatches of this account in 24 h, and when the oldest of them is a day old. */
  mismatches?: Counted
  /** enterCode: is it the code of one of the live generations? Counted before it was compared (R28). */
  isRight?: boolean
  wrongCodes?: Counted
  /** sendCode: codes for this data set, mails to this address. */
  codes?: Counted
  mailsInDay?: Counted
  mailsInWeek?: Counted
  /** sendCode: when a code for the same data set of the project was mailed last, by another file. */
  mailedAt?: number | null
}
/** How often in a rolling window, and when the next one fits again. */
export type Counted = { count: number; freeAt: number }

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

/** What no row says later: accepted, or refused and why. */
export type Answer = { ok: true } | Refusal
/**
 * `state` is the same object when nothing changed. A refusal may change the state too (a wrong code is
 * counted); `count` names what must be counted for the account although the command is refused.
 */
export type Decision = {
  answer: Answer
  state: Backup
  fact?: Fact
  count?: 'mismatch' | 'wrongCode' | 'code'
}

export function decide(
  state: Backup,
  command: Command,
  facts: Facts,
  actor: string | null,
  now: number,
): Decision {
  const no = (code: RefusalCode, params: Params = {}): Decision => ({ answer: refuse(code, params), state })
  const unchanged: Decision = { answer: { ok: true }, state }
  const change = (changes: Partial<Backup>, fact: Fact): Decision => ({
    answer: { ok: true },
    state: { ...state, ...changes },
    fact,
  })
  const changeFile = (
    file: DataFile,
    changes: Partial<DataFile>,
    action: Action,
    params?: Params,
  ): Decision =>
    change({ files: replaced(state.files, { ...file, ...changes }) }, factOf(action, file, params))

  if (isPersons(command)) {
    if (actor !== state.custodianId) return no('NOT_FOUND') // R56
    if (state.stage === 'discarded') return command.type === 'discard' ? unchanged : no('NOT_FOUND')
    if (state.stage === 'completed') {
      if (command.type === 'submit') return unchanged // R33: for ever the same number
      if (command.type === 'enterCode' && state.files.some((file) => file.id === command.fileId))
        return unchanged // its file is 完成
      if (command.type === 'editFile') return amend(command)
      return no('BACKUP_LOCKED', { time: isoTime(state.issuedAt), number: state.number }) // R34
    }
  }

  switch (command.type) {
    case 'editBackup': {
      const said = { name: tidy(command.name), contentTypes: command.contentTypes }
      const { name, contentTypes } = meant<BackupValues>(state, said, command.base)
      const offered = offeredDataTypes(contentTypes)
      const needing = countedFiles(state.files).filter((file) => !offered.includes(file.dataType))
      if (needing.length > 0) {
        const dropped = state.contentTypes.filter(
          (content) =>
            !contentTypes.includes(content) &&
            needing.some((file) => offeredDataTypes([content]).includes(file.dataType)),
        )
        return no('CONTENT_TYPE_IN_USE', {
          contentTypes: dropped,
          accessions: needing.map((file) => file.accession),
          fileIds: needing.map((file) => file.id),
        }) // R13
      }
      if (name === state.name && isSameSet(contentTypes, state.contentTypes)) return unchanged
      const stale = staleFields<BackupValues>(state, { name, contentTypes }, command.base)
      if (stale.length > 0) return no('VERSION_CONFLICT', { fields: stale })
      return change({ name, contentTypes }, { action: 'backupEdited' })
    }

    case 'discard':
      return change({ stage: 'discarded' }, { action: 'backupDiscarded' }) // R16

    case 'linkFile':
      return link(command)

    case 'editFile': {
      const file = find(command.fileId)
      if (!file) return no('NOT_FOUND')
      if (file.status === 'checking') return no('FILE_CHECKING')
      const said = { ...command, ...meant<EditValues>(file, valuesOf(command), command.base) }
      return edit(file, said) ?? changeFile(file, valuesOf(said), 'fileEdited', changesOf(file, said)) // R24
    }

    case 'removeFile': {
      const file = find(command.fileId)
      if (!file) return no('NOT_FOUND')
      return change({ files: state.files.filter((other) => other !== file) }, factOf('fileRemoved', file))
    }

    case 'sendCode': {
      const file = find(command.fileId)
      if (!file) return no('NOT_FOUND')
      if (fileStatus(file) === 'locked') return no('FILE_CODE_LOCKED')
      if (file.status !== 'pending') return no('CODE_NOT_NEEDED')
      if (file.consent.status === 'sending') return unchanged // a nudge of the mail on its way
      if (consents.isTooSoon(file.consent, now))
        return no('CODE_TOO_SOON', { time: isoTime(consents.resendAt(file.consent)) }) // R27
      const elsewhere = (facts.mailedAt ?? -Infinity) + consents.resendAfter
      if (now < elsewhere) return no('CODE_TOO_SOON', { time: isoTime(elsewhere) }) // R27
      const full = [
        isFull(facts.codes, consents.limits.codesPerFile),
        isFull(facts.mailsInDay, consents.limits.mailsPerRecipientDay),
        isFull(facts.mailsInWeek, consents.limits.mailsPerRecipientWeek),
      ].filter((freeAt) => freeAt !== undefined)
      if (full.length > 0) return no('CODE_SEND_LIMIT', { time: isoTime(Math.max(...full)) })
      return {
        ...changeFile(file, { consent: consents.requested(file.consent, now) }, 'codeRequested'),
        count: 'code',
      }
    }

    case 'enterCode':
      return enter(command.fileId)

    case 'submit': {
      const blocking = blockingFiles(state.files)
      if (countedFiles(state.files).length === 0) return no('NO_FILES')
      if (blocking.length > 0)
        return no('FILES_NOT_READY', {
          fileIds: blocking.map((file) => file.id),
          accessions: blocking.map((file) => file.accession),
        }) // R32
      return change(
        {
          stage: 'completed',
          number: 'next',
          files: countedFiles(state.files),
          report: { version: 1, acknowledged: 0 },
        },
        { action: 'numberIssued' },
      )
    }

    case 'recordCheck': {
      const file = find(command.fileId)
      if (state.stage !== 'draft' || file?.status !== 'checking') return unchanged
      if (command.answer === 'mismatch')
        return { ...changeFile(file, { status: 'mismatch' }, 'fileMismatched'), count: 'mismatch' } // R21
      return changeFile(file, { status: checkedStatus(file.depositorEmail) }, 'fileChecked')
    }

    case 'recordAcceptance': {
      const file = awaitingMail(command)
      if (!file) return unchanged
      return changeFile(file, { consent: consents.accepted(file.consent, now) }, 'codeSent')
    }

    case 'recordUndelivered': {
      const file = awaitingMail(command)
      if (!file) return unchanged
      const { trouble } = command
      return changeFile(file, { consent: consents.undelivered(file.consent, trouble) }, 'codeUndelivered', {
        trouble,
      })
    }

    case 'recordSync':
      if (command.version !== state.report.acknowledged + 1 || command.version > state.report.version)
        return unchanged
      return change(
        { report: { ...state.report, acknowledged: command.version } },
        { action: 'numberSynced', params: { version: command.version } },
      )

    case 'expire':
      return expire()

    default:
      return assertNever(command)
  }

  function find(fileId: string): DataFile | undefined {
    return state.files.find((file) => file.id === fileId)
  }

  /** Nothing to change, or somebody else changed it first; undefined when the edit is to be made. */
  function edit(file: DataFile, command: EditFile): Decision | undefined {
    const values = valuesOf(command)
    if (values.sampleCount === file.sampleCount && values.mbPerSample === file.mbPerSample) return unchanged
    const stale = staleFields<EditValues>(file, values, command.base)
    return stale.length > 0 ? no('VERSION_CONFLICT', { fields: stale, fileId: file.id }) : undefined
  }

  /** R35: after the lock only the two amounts change; each time is a version of its own for the report system. */
  function amend(said: EditFile): Decision {
    const file = find(said.fileId)
    if (!file) return no('NOT_FOUND')
    const command = { ...said, ...meant<EditValues>(file, valuesOf(said), said.base) }
    const version = state.report.version + 1
    return (
      edit(file, command) ??
      change(
        {
          files: replaced(state.files, { ...file, ...valuesOf(command) }),
          report: { ...state.report, version },
        },
        { ...factOf('fileAmended', file, { version, ...changesOf(file, command) }), reason: command.note },
      )
    )
  }

  /** The file whose mail of this generation is still on its way. */
  function awaitingMail({ fileId, generation }: { fileId: string; generation: number }) {
    const file = find(fileId)
    return state.stage === 'draft' &&
      file?.status === 'pending' &&
      file.consent.status === 'sending' &&
      file.consent.generation + 1 === generation
      ? file
      : undefined
  }

  function checkedStatus(depositorEmail: string): 'done' | 'pending' {
    return isSameEmail(depositorEmail, state.leadEmail) ? 'done' : 'pending' // R22
  }

  function link(said: LinkFile): Decision {
    if (find(said.fileId)) return unchanged
    if (!offeredDataTypes(state.contentTypes).includes(said.dataType)) return no('DATA_TYPE_NOT_OFFERED')
    const form = checkAccession(said.dataType, said.accession)
    if (!form.ok) return no(form.code, form.params)
    const { accession } = form
    const others = state.files.filter((file) => file.id !== said.replaces || file.status !== 'mismatch')
    const same = others.find(
      (file) => file.status !== 'mismatch' && accessionKey(file.accession) === accessionKey(accession),
    )
    if (same) return no('ACCESSION_DUPLICATE', { accession, item: state.files.indexOf(same) + 1 }) // R23
    if (facts.elsewhere && !said.confirmDuplicate)
      return no('ACCESSION_ELSEWHERE', { accession, number: facts.elsewhere.number }) // R23
    const full = isFull(facts.mismatches, consents.limits.mismatchesPerAccount)
    if (full !== undefined)
      return no('CHECK_DAILY_LIMIT', { limit: consents.limits.mismatchesPerAccount, time: isoTime(full) })
    if (facts.checked === 'mismatch')
      return {
        ...no('ACCOUNT_ACCESSION_MISMATCH', { repository: repositoryOf(said.dataType) }),
        count: 'mismatch',
      } // R20: nothing is added
    const file: DataFile = {
      id: said.fileId,
      dataType: said.dataType,
      sampleCount: said.sampleCount,
      mbPerSample: said.mbPerSample,
      depositorEmail: tidy(said.depositorEmail),
      accession,
      status: facts.checked === 'match' ? checkedStatus(said.depositorEmail) : 'checking',
      consent: consents.noConsent,
      wrongTriesForLife: facts.wrongTriesForLife ?? 0,
    }
    return change(
      { files: [...others, file] },
      factOf(facts.checked === 'match' ? 'fileAddedAndChecked' : 'fileAdded', file),
    )
  }

  function enter(fileId: string): Decision {
    const found = find(fileId)
    if (!found) return no('NOT_FOUND')
    // Another backup of the project may have counted since this one was loaded.
    const file = { ...found, wrongTriesForLife: facts.wrongTriesForLife ?? found.wrongTriesForLife }
    if (file.status === 'done') return unchanged
    if (file.status !== 'pending') return no('CODE_NOT_SENT')
    if (fileStatus(file) === 'locked') return no('FILE_CODE_LOCKED')
    const { consent } = file
    if (consents.liveGenerations(consent, now).length === 0) {
      if (consent.status === 'voided') return no('CODE_VOIDED')
      if (consent.generation === 0) return no('CODE_NOT_SENT')
      const expiredAt = consent.expiresAt ?? (consent.sentAt ?? now) + consents.codeLifetime
      if (now < expiredAt) return no('CODE_VOIDED') // and the mail after it did not arrive
      return no('CODE_EXPIRED', { time: isoTime(expiredAt) }) // R29
    }
    const full = isFull(facts.wrongCodes, consents.limits.wrongCodesPerAccount)
    if (full !== undefined) return no('RATE_LIMITED', { time: isoTime(full) })
    if (facts.isRight) return changeFile(file, { status: 'done' }, 'fileAuthorised') // R28

    const counted: DataFile = {
      ...file,
      consent: consents.tried(consent, now),
      wrongTriesForLife: file.wrongTriesForLife + 1,
    }
    const locked = fileStatus(counted) === 'locked'
    const voided = counted.consent.status === 'voided'
    return {
      answer: locked
        ? refuse('FILE_CODE_LOCKED')
        : voided
          ? refuse('CODE_VOIDED')
          : refuse('CODE_WRONG', { triesLeft: consents.triesLeft(counted.consent, now) }),
      state: { ...state, files: replaced(state.files, counted) },
      fact: factOf(locked ? 'fileLocked' : voided ? 'codeVoided' : 'codeWrong', file),
      count: 'wrongCode',
    }
  }

  /**
   * The clock has passed a deadline: a mail that nobody accepted for a day is given up, one at a time, for each is a
   * line of its own in the timeline; then codes expire.
   */
  function expire(): Decision {
    if (state.stage !== 'draft') return unchanged
    const isDue = (file: DataFile): boolean => {
      const at = file.status === 'pending' ? consents.consentDeadline(file.consent) : null
      return at !== null && at <= now
    }
    const givenUp = state.files.find((file) => isDue(file) && file.consent.status === 'sending')
    if (givenUp) {
      const trouble = 'not-accepted'
      return changeFile(
        givenUp,
        { consent: consents.undelivered(givenUp.consent, trouble) },
        'codeUndelivered',
        {
          trouble,
        },
      )
    }
    const files = state.files.map((file) =>
      isDue(file) ? { ...file, consent: consents.expired(file.consent) } : file,
    )
    const changed = files.filter((file, i) => file !== state.files[i])
    if (changed.length === 0) return unchanged
    return change(
      { files },
      { action: 'codesExpired', params: { accessions: changed.map((file) => file.accession) } },
    )
  }
}

const ownCommands: readonly string[] = [
  'recordCheck',
  'recordAcceptance',
  'recordUndelivered',
  'recordSync',
  'expire',
] satisfies OwnCommand['type'][]
const isPersons = (command: Command): command is PersonCommand => !ownCommands.includes(command.type)

const replaced = (files: readonly DataFile[], file: DataFile): DataFile[] =>
  files.map((other) => (other.id === file.id ? file : other))

const factOf = (action: Action, file: DataFile, params: Params = {}): Fact => ({
  action,
  fileId: file.id,
  params: { accession: file.accession, ...params },
})

type BackupValues = Pick<Backup, 'name' | 'contentTypes'>
type EditValues = Pick<DataFile, 'sampleCount' | 'mbPerSample'>
const valuesOf = ({ sampleCount, mbPerSample }: EditFile): EditValues => ({ sampleCount, mbPerSample })

/** What an edit changes, from and to, for the timeline. */
const changesOf = (file: DataFile, { sampleCount, mbPerSample }: EditFile): Params => ({
  ...(sampleCount !== file.sampleCount && { sampleCount: [file.sampleCount, sampleCount] }),
  ...(mbPerSample !== file.mbPerSample && { mbPerSample: [file.mbPerSample, mbPerSample] }),
})

type Base<T> = { [K in keyof T]?: T[K] | undefined }
const isSame = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) && Array.isArray(b) ? isSameSet(a, b) : a === b

/** What a person means: a field that was left as the form began stays as it is now. */
function meant<T extends object>(current: T, wanted: T, base: Base<T> = {}): T {
  const left = (Object.keys(wanted) as (keyof T)[]).filter(
    (field) => base[field] !== undefined && isSame(wanted[field], base[field]),
  )
  return { ...wanted, ...Object.fromEntries(left.map((field) => [field, current[field]])) }
}

/** The fields of `wanted` that are neither as the form began (`base`) nor already as wanted. */
function staleFields<T extends object>(current: T, wanted: T, base: Base<T> = {}): string[] {
  return (Object.keys(wanted) as (keyof T & string)[]).filter(
    (field) =>
      base[field] !== undefined &&
      !isSame(current[field], base[field]) &&
      !isSame(current[field], wanted[field]),
  )
}

const isFull = (counted: Counted | undefined, limit: number): number | undefined =>
  counted && counted.count >= limit ? counted.freeAt : undefined

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item))

const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
