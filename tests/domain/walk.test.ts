/** Random commands at random times against `decide`, held to what must always be true. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedFiles, fileStatus, type Backup, type DataFile } from '../../domain/backup/state.ts'
import { wakeAt } from '../../domain/backup/waits.ts'
import { owed } from '../../domain/backup/owed.ts'
import { hour, minute } from '../../domain/times.ts'
import { liveGenerations, resendAfter, triesPerAccession, triesPerCode } from '../../domain/backup/consent.ts'
import type { Command, PersonCommand } from '../../domain/backup/commands.ts'
import {
  decideAs,
  flat,
  isOwn,
  issuedOf,
  type Flat as Decision,
  type SomeFacts as Facts,
} from '../support/decide.ts'
import { commandOf, type Outcome } from '../../domain/backup/outside.ts'
import { refusalCodes } from '../../domain/result.ts'
import { isSameEmail } from '../../domain/text.ts'
import { aBackup, custodian, lead, now as start } from './builders.ts'

/** What is picked in a step; which file or job it is about is picked from what there is by then. */
type Step = { waitMs: number; pick: number; actor: string; kind: Kind; answer: 'match' | 'mismatch' | null }
type Kind =
  | Exclude<PersonCommand['type'], 'enterCode'>
  | 'enterRight'
  | 'enterWrong'
  | 'settle'
  | 'fail'
  | 'stray'
  | 'expire'

const accessions = ['HRA000001', 'HRA000002', 'HRA000003'] as const
const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.oneof(
    { weight: 4, arbitrary: fc.nat(minute) },
    { weight: 3, arbitrary: fc.constantFrom(resendAfter - 1, resendAfter, 6 * minute) },
    { weight: 1, arbitrary: fc.constantFrom(hour, 24 * hour, 48 * hour - 1, 48 * hour) },
  ),
  pick: fc.nat(1_000),
  actor: fc.oneof(
    { weight: 20, arbitrary: fc.constant(custodian) },
    { weight: 1, arbitrary: fc.constant('another') },
  ),
  kind: fc.oneof<fc.WeightedArbitrary<Kind>[]>(
    { weight: 60, arbitrary: fc.constantFrom('sendCode', 'settle', 'enterWrong', 'enterWrong') },
    { weight: 25, arbitrary: fc.constantFrom('linkFile', 'expire', 'submit', 'fail', 'stray', 'enterRight') },
    { weight: 10, arbitrary: fc.constantFrom('editBackup', 'editFile', 'removeFile') },
    { weight: 1, arbitrary: fc.constant('discard') },
  ),
  answer: fc.constantFrom('match', 'match', 'mismatch', null),
})
const walk = fc.array(step, { minLength: 1, maxLength: 120, size: 'max' })

/** The outside world, and everything that was ever seen. */
class World {
  state: Backup = aBackup({ contentTypes: ['wgs', 'wes'] })
  now = start
  /** When each generation of a file's code was accepted. */
  acceptances = new Map<string, number[]>()
  /** Wrong codes for each accession, over its life. */
  wrong: Map<string, number>
  /** Wrong codes since the newest acceptance of a file. */
  sinceAcceptance = new Map<string, number>()
  codes = new Set<string>()
  made = 0

  /** `wrongBefore`: wrong codes that the accessions already had in the project. */
  constructor(wrongBefore: number) {
    this.wrong = new Map(accessions.map((accession) => [accession, wrongBefore]))
  }

  commandOf({ kind, pick, answer }: Step): { command: Command; facts: Facts } | undefined {
    const file = this.state.files[pick % Math.max(1, this.state.files.length)]
    const fileId = file?.id ?? 'none'
    const job = owed(this.state)[pick % Math.max(1, owed(this.state).length)]
    const plain = (command: Command) => ({ command, facts: {} })
    switch (kind) {
      case 'editBackup':
        return plain({
          type: 'editBackup',
          name: `备份 ${pick % 3}`,
          contentTypes: pick % 2 ? ['wgs'] : ['epigenome'],
        })
      case 'discard':
        return plain({ type: 'discard' })
      case 'linkFile': {
        const accession = accessions[pick % 3] ?? 'HRA000001'
        const depositorEmail = pick % 5 === 0 ? lead.toUpperCase() : 'depositor@example.cn'
        return {
          command: {
            type: 'linkFile',
            fileId: `file-${++this.made}`,
            dataType: pick % 7 === 0 ? 2 : 1,
            sampleCount: 1 + pick,
            mbPerSample: '0.5',
            depositorEmail,
            accession,
            replaces: fileId,
          },
          facts: { checked: answer, wrongTriesForLife: this.wrong.get(accession) ?? 0 },
        }
      }
      case 'editFile':
        return plain({ type: 'editFile', fileId, sampleCount: 1 + pick, mbPerSample: '0.5' })
      case 'removeFile':
        return plain({ type: 'removeFile', fileId })
      case 'sendCode':
        return plain({ type: 'sendCode', fileId })
      case 'enterRight':
      case 'enterWrong':
        return {
          command: { type: 'enterCode', fileId, proof: '-' },
          facts: { isRight: kind === 'enterRight' },
        }
      case 'submit':
        return plain({ type: 'submit' })
      case 'settle':
      case 'fail': {
        if (!job) return undefined
        const outcome: Outcome =
          job.kind === 'check'
            ? { kind: 'checked', answer: kind === 'settle' ? 'match' : 'mismatch' }
            : job.kind === 'sync'
              ? { kind: 'acknowledged' }
              : kind === 'settle'
                ? { kind: 'accepted' }
                : { kind: 'undelivered', trouble: 'rejected' }
        return plain(commandOf(job, outcome))
      }
      case 'stray': // an outcome of work that is not owed any more
        return plain(
          [
            { type: 'recordAcceptance', fileId, generation: pick % 4 } as const,
            { type: 'recordUndelivered', fileId, generation: pick % 4, trouble: 'rejected' } as const,
            { type: 'recordCheck', fileId, answer: answer ?? 'mismatch' } as const,
            { type: 'recordSync', version: pick % 4 } as const,
          ][pick % 4] ?? { type: 'expire' },
        )
      case 'expire':
        return plain({ type: 'expire' })
    }
  }

  take(one: Step): void {
    this.now += one.waitMs
    const said = this.commandOf(one)
    if (!said) return
    const before = this.state
    const frozen = JSON.stringify(before)
    const decision = flat(before, decideAs(before, said.command, said.facts, one.actor, this.now))
    expect(JSON.stringify(before), 'decide changes nothing in place').toBe(frozen)
    this.state = saved(before, decision.state, this.now)
    this.hold(said, one, before, decision)
    // Each mail that is given up is a change of its own; the workflow asks until nothing is due.
    if (said.command.type === 'expire' && decision.state !== before) this.take({ ...one, waitMs: 0 })
  }

  hold(
    { command, facts }: { command: Command; facts: Facts },
    one: Step,
    before: Backup,
    decision: Decision,
  ): void {
    const { answer } = decision
    const isChanged = decision.state !== before
    expect(isChanged, 'a fact for each change').toBe(decision.fact !== undefined)
    if (!answer.ok) {
      expect(refusalCodes).toContain(answer.code)
      this.codes.add(answer.code)
      if (isChanged) expect(decision.count, 'a refusal changes only what is counted').toBe('wrongCode')
    }
    if (isPersons(command) && one.actor !== custodian)
      expect([answer, isChanged]).toEqual([{ ok: false, code: 'NOT_FOUND', params: {} }, false]) // R56
    if (before.stage === 'discarded') expect(isChanged).toBe(false) // R16
    if (before.stage === 'completed') {
      // R34, R35: of a locked backup only the acknowledgement moves, and the amounts with a version of their own
      const { report, files, ...locked } = before
      expect(decision.state).toMatchObject(locked)
      const amounts = { sampleCount: 0, mbPerSample: '' }
      const withoutAmounts = (all: readonly DataFile[]) => all.map((file) => ({ ...file, ...amounts }))
      expect(withoutAmounts(decision.state.files)).toEqual(withoutAmounts(files))
      const isAmended = JSON.stringify(decision.state.files) !== JSON.stringify(files)
      if (isAmended) expect(command.type).toBe('editFile')
      const isNext =
        command.type === 'recordSync' &&
        command.version === report.acknowledged + 1 &&
        command.version <= report.version
      expect(issuedOf(decision.state).report).toEqual({
        version: report.version + (isAmended ? 1 : 0),
        acknowledged: report.acknowledged + (isNext ? 1 : 0),
      })
      expect(isChanged).toBe(isNext || isAmended)
    }
    if (issuedOf(decision.state).number !== null) {
      // R32, R33
      const files = decision.state.files
      expect(files.length).toBeGreaterThan(0)
      expect(files.every((file) => file.status === 'done')).toBe(true)
      expect(files.length).toBe(countedFiles(before.files).length)
    }
    if (isChanged && 'generation' in command) {
      const was = before.files.find((file) => file.id === command.fileId)
      expect(was?.consent, 'only of the mail that is on its way').toMatchObject({
        status: 'sending',
        generation: command.generation - 1,
      })
    }
    if (!isPersons(command) && (command.type !== 'expire' || !isChanged)) this.holdTwice(command)
    for (const file of this.state.files) this.holdFile(file, command, facts, before)
    const active = this.state.files.filter((file) => file.status !== 'mismatch').map((file) => file.accession)
    expect(new Set(active).size, 'R23 no accession twice').toBe(active.length)
    const at = wakeAt(this.state)
    if (command.type === 'expire' && !isChanged && at !== null)
      expect(at, 'no deadline stays past').toBeGreaterThan(this.now)
  }

  /** decision 002: what the outside answered may be told twice and happens once. */
  holdTwice(command: Command): void {
    const again = flat(this.state, decideAs(this.state, command, {}, null, this.now))
    expect(again).toEqual({ answer: { ok: true }, state: this.state })
    expect(again.state).toBe(this.state)
  }

  holdFile(file: DataFile, command: Command, facts: Facts, before: Backup): void {
    const was = before.files.find((one) => one.id === file.id)
    const { consent } = file
    if (was) {
      // R24: what was checked is never changed
      const fixed = ({ accession, depositorEmail, dataType }: DataFile) => [
        accession,
        depositorEmail,
        dataType,
      ]
      expect(fixed(file)).toEqual(fixed(was))
      expect(consent.generation, 'a generation never falls').toBeGreaterThanOrEqual(was.consent.generation)
      expect(consent.generation - was.consent.generation).toBeLessThanOrEqual(1)
      if (was.status === 'done') expect(file.status).toBe('done')
    }
    if (file.status === 'done' && was?.status !== 'done') {
      // R22, R28: by a match and the same e-mail, or by the right code of a living generation
      const own = isSameEmail(file.depositorEmail, lead)
      const byMatch =
        own &&
        ((command.type === 'linkFile' && facts.checked === 'match') ||
          (command.type === 'recordCheck' && command.answer === 'match'))
      const byCode =
        command.type === 'enterCode' &&
        facts.isRight === true &&
        was !== undefined &&
        liveGenerations(was.consent, this.now).length > 0 &&
        fileStatus(was) !== 'locked'
      expect(byMatch || byCode).toBe(true)
    }
    if (
      was &&
      consent.status === 'sent' &&
      consent.sentAt !== was.consent.sentAt &&
      consent.sentAt !== null
    ) {
      const accepted = this.acceptances.get(file.id) ?? []
      const last = accepted.at(-1)
      // R27, but for the one mail that never arrived: it causes no wait
      if (last !== undefined && command.type === 'recordAcceptance')
        expect(consent.sentAt - last).toBeGreaterThanOrEqual(
          this.undeliveredSince.has(file.id) ? 0 : resendAfter,
        )
      this.acceptances.set(file.id, [...accepted, consent.sentAt])
      this.undeliveredSince.delete(file.id)
      this.sinceAcceptance.set(file.id, 0)
      expect(consent.expiresAt).toBe(consent.sentAt + 48 * hour)
    }
    if (consent.status === 'undelivered') this.undeliveredSince.add(file.id)
    if (was && file.wrongTriesForLife !== was.wrongTriesForLife) {
      const { accession } = file
      this.wrong.set(accession, (this.wrong.get(accession) ?? 0) + 1)
      this.sinceAcceptance.set(file.id, (this.sinceAcceptance.get(file.id) ?? 0) + 1)
    }
    // R28
    // (a 校验失败 row beside it is not tried, and loaded anew from the count each time)
    if (file.status !== 'mismatch')
      expect(file.wrongTriesForLife).toBe(this.wrong.get(file.accession) ?? file.wrongTriesForLife)
    expect(consent.wrongTries).toBeLessThanOrEqual(triesPerCode)
    expect(file.wrongTriesForLife).toBeLessThanOrEqual(triesPerAccession)
    if (consent.status === 'sent')
      expect(this.sinceAcceptance.get(file.id) ?? 0, 'a code is voided by the fifth').toBeLessThan(
        triesPerCode,
      )
    if (consent.wrongTries >= triesPerCode) expect(liveGenerations(consent, this.now)).toEqual([])
    if (consent.generation === 0) expect(consent.sentAt).toBeNull()
  }
  undeliveredSince = new Set<string>()
}

/** What the transaction adds: version, number and the time of issue. */
function saved(before: Backup, decided: Backup, now: number): Backup {
  if (decided === before) return before
  const version = before.version + 1
  return decided.stage === 'completed' && decided.number === 'next'
    ? { ...decided, version, number: 'BF2026112200001', issuedAt: now }
    : { ...decided, version }
}

const isPersons = (command: Command): boolean => !isOwn(command)

describe('R13–R37 any commands, in any order, at any time', () => {
  it('what must always be true is true', () => {
    const codes = new Set<string>()
    const reached = new Set<string>()
    fc.assert(
      fc.property(walk, fc.constantFrom(0, 0, 17), (steps, wrongBefore) => {
        const world = new World(wrongBefore)
        for (const one of steps) {
          world.take(one)
          reached.add(world.state.stage)
          for (const file of world.state.files) reached.add(fileStatus(file)).add(file.consent.status)
        }
        for (const code of world.codes) codes.add(code)
      }),
      { numRuns: 400 },
    )
    // A walk that gets nowhere would prove nothing.
    expect([...reached].sort()).toEqual([
      ...['checking', 'completed', 'discarded', 'done', 'draft', 'expired', 'locked', 'mismatch', 'pending'],
      ...['sending', 'sent', 'undelivered', 'unsent', 'voided'],
    ])
    const expected = [
      'BACKUP_LOCKED',
      'CODE_EXPIRED',
      'CODE_TOO_SOON',
      'CODE_VOIDED',
      'CODE_WRONG',
      'FILES_NOT_READY',
    ]
    expect([...codes]).toEqual(
      expect.arrayContaining([...expected, 'ACCESSION_DUPLICATE', 'FILE_CODE_LOCKED', 'NOT_FOUND']),
    )
  })
})
