import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wakeAt, waitingFor, waits, type Wait } from '../../domain/backup/waits.ts'
import { isFinished, mirrorOf } from '../../domain/backup/mirror.ts'
import { owed } from '../../domain/backup/owed.ts'
import { type Backup, type DataFile } from '../../domain/backup/state.ts'
import { hour, minute } from '../../domain/times.ts'
import { commandOf } from '../../domain/backup/outside.ts'
import { aBackup, aFile, completed, discarded, consents, now, type ConsentName } from './builders.ts'

const anyConsent = fc.constantFrom(...(Object.keys(consents) as ConsentName[]))
const anyFile: fc.Arbitrary<DataFile> = fc
  .record({
    id: fc.uuid(),
    status: fc.constantFrom('checking', 'mismatch', 'pending', 'done'),
    consent: anyConsent.map((name) => consents[name]),
    wrongTriesForLife: fc.constantFrom(0, 4, 19, 20, 21),
    depositorEmail: fc.emailAddress(),
  })
  .map((given) => aFile(given))
const anyBackup: fc.Arbitrary<Backup> = fc
  .record({
    files: fc.array(anyFile, { maxLength: 5 }),
    leadEmail: fc.emailAddress(),
    name: fc.string(),
    stage: fc.constantFrom('draft', 'discarded'),
  })
  .map(({ stage, ...given }) => (stage === 'draft' ? aBackup(given) : discarded(given)))

describe('decision 002: what the outside world still owes', () => {
  it.each([
    ['校验中', aFile({ status: 'checking' }), ['check/file']],
    ['校验失败', aFile({ status: 'mismatch' }), []],
    ['完成', aFile({ status: 'done', consent: consents.sending }), []],
    ['a first mail on its way', aFile({ consent: consents.sending }), ['mail/file/1']],
    ['another mail on its way', aFile({ consent: consents['sending again'] }), ['mail/file/2']],
    ['a mail that was accepted', aFile({ consent: consents['sent an hour ago'] }), []],
    ['a mail that will not arrive', aFile({ consent: consents.undelivered }), []],
    [
      'a code voided while its mail was on its way',
      aFile({ consent: { ...consents.voided, generation: 2 } }),
      [],
    ],
  ])('%s', (_, file, keys) => {
    expect(owed(aBackup({ files: [file] })).map((job) => job.key)).toEqual(keys)
    expect(owed(discarded({ files: [file] }))).toEqual([])
    expect(owed(completed({ files: [file], report: { version: 1, acknowledged: 1 } }))).toEqual([])
  })
  it('R37 the lowest version that is not acknowledged, then the next', () => {
    expect(owed(completed({ report: { version: 3, acknowledged: 0 } }))).toEqual([
      { kind: 'sync', key: 'sync/backup/1', version: 1 },
    ])
    expect(owed(completed({ report: { version: 3, acknowledged: 2 } })).map((job) => job.key)).toEqual([
      'sync/backup/3',
    ])
  })
  it('has a key of its own for each piece of work', () => {
    fc.assert(
      fc.property(anyBackup, (backup) => {
        const keys = owed(backup).map((job) => job.key)
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })
  it('an outcome is told to the job it answers, and to no other', () => {
    const check = { kind: 'check', key: 'check/f', fileId: 'f' } as const
    const mail = { kind: 'mail', key: 'mail/f/2', fileId: 'f', generation: 2 } as const
    const sync = { kind: 'sync', key: 'sync/b/3', version: 3 } as const
    const outcomes = [
      { kind: 'checked', answer: 'match' },
      { kind: 'accepted' },
      { kind: 'undelivered', trouble: 'rejected' },
      { kind: 'acknowledged' },
    ] as const
    const told = [check, mail, sync].map((job) =>
      outcomes.map((outcome) => {
        try {
          return commandOf(job, outcome)
        } catch (error) {
          return (error as Error).message
        }
      }),
    )
    expect(told).toEqual([
      [
        { type: 'recordCheck', fileId: 'f', answer: 'match' },
        'accepted is no answer to check/f',
        'undelivered is no answer to check/f',
        'acknowledged is no answer to check/f',
      ],
      [
        'checked is no answer to mail/f/2',
        { type: 'recordAcceptance', fileId: 'f', generation: 2 },
        { type: 'recordUndelivered', fileId: 'f', generation: 2, trouble: 'rejected' },
        'acknowledged is no answer to mail/f/2',
      ],
      [
        'checked is no answer to sync/b/3',
        'accepted is no answer to sync/b/3',
        'undelivered is no answer to sync/b/3',
        { type: 'recordSync', version: 3 },
      ],
    ])
  })
})

describe('R27 the next moment at which a backup changes by itself', () => {
  it.each<[ConsentName, number | null]>([
    ['unsent', null],
    ['sending', now - minute + 24 * hour],
    ['sent an hour ago', now + 47 * hour],
    ['sent 48 hours ago', now],
    ['sending again', now - minute + 24 * hour],
    ['undelivered', null],
    ['undelivered, old code alive', null],
    ['expired', null],
    ['voided', null],
  ])('%s', (name, at) => {
    const file = aFile({ consent: consents[name] })
    expect(wakeAt(aBackup({ files: [file] }))).toBe(at)
    expect(wakeAt(aBackup({ files: [{ ...file, status: 'done' }] }))).toBeNull()
    expect(wakeAt(discarded({ files: [file] }))).toBeNull()
    expect(wakeAt(completed({ files: [file] }))).toBeNull()
  })
  it('is the earliest', () => {
    const files = (['sending', 'sent an hour ago', 'unsent'] as const).map((name) =>
      aFile({ consent: consents[name] }),
    )
    expect(wakeAt(aBackup({ files }))).toBe(now - minute + 24 * hour)
  })
})

describe('R32 whom a backup waits for', () => {
  const done = aFile({ status: 'done' })
  const locked = aFile({ wrongTriesForLife: 20, consent: consents.sending })
  const pending = (name: ConsentName) => aFile({ consent: consents[name] })
  it.each<[string, Backup, Wait[]]>([
    ['no file yet', aBackup(), ['researcher']],
    ['all files done', aBackup({ files: [done, done] }), ['ready']],
    ['校验中', aBackup({ files: [done, aFile({ status: 'checking' })] }), ['repository']],
    ['校验失败', aBackup({ files: [done, aFile({ status: 'mismatch' })] }), ['researcher']],
    ['unsent', aBackup({ files: [pending('unsent')] }), ['researcher']],
    ['sending', aBackup({ files: [pending('sending')] }), ['mail']],
    ['sent', aBackup({ files: [pending('sent an hour ago')] }), ['depositor']],
    ['48 hours later', aBackup({ files: [pending('sent 48 hours ago')] }), ['researcher']],
    ['undelivered', aBackup({ files: [pending('undelivered')] }), ['researcher']],
    ['voided', aBackup({ files: [pending('voided')] }), ['researcher']],
    ['locked', aBackup({ files: [locked] }), ['staff']],
    [
      'several, the reader’s own first',
      aBackup({
        files: [
          pending('sending'),
          aFile({ status: 'checking' }),
          pending('sent an hour ago'),
          pending('unsent'),
          locked,
        ],
      }),
      ['researcher', 'depositor', 'repository', 'mail', 'staff'],
    ],
    ['not acknowledged', completed(), ['report-system']],
    ['acknowledged', completed({ report: { version: 1, acknowledged: 1 } }), []],
    ['discarded', discarded({ files: [locked] }), []],
  ])('%s', (_, backup, expected) => {
    expect(waitingFor(backup, now)).toEqual(expected)
  })
  it('a draft always waits for a person or a machine, and is ready only when nothing else is', () => {
    fc.assert(
      fc.property(anyBackup, (backup) => {
        const found = waitingFor(backup, now)
        expect(found.length > 0).toBe(backup.stage === 'draft')
        expect(found).toEqual(waits.filter((wait) => found.includes(wait)))
        if (found.includes('ready')) expect(backup.files.every((file) => file.status === 'done')).toBe(true)
      }),
    )
  })
})

describe('R59 the mirror is what Temporal Web may show', () => {
  it('holds no address and no name that was typed', () => {
    const typed = fc.emailAddress({ size: 'small' }).filter((email) => email.length > 6)
    fc.assert(
      fc.property(
        anyBackup,
        fc.array(typed, { minLength: 1, maxLength: 3 }),
        typed,
        (backup, emails, leadEmail) => {
          const state: Backup = {
            ...backup,
            leadEmail,
            name: '某某人的备份',
            files: emails.map((depositorEmail, i) => ({ ...(backup.files[i] ?? aFile()), depositorEmail })),
          }
          const shown = JSON.stringify(mirrorOf(state, now))
          for (const secret of [...emails, leadEmail, state.name, state.custodianId])
            expect(shown).not.toContain(secret)
          expect(shown).not.toContain('@')
        },
      ),
    )
  })
  it('says what is owed, until when, and how each file stands', () => {
    const backup = aBackup({
      version: 7,
      files: [
        aFile({ consent: consents.sending, wrongTriesForLife: 20 }),
        aFile({ id: 'b', status: 'done', dataType: 7 }),
      ],
    })
    expect(mirrorOf(backup, now)).toEqual({
      backupId: 'backup',
      reference: '7Q4K-2MZ9',
      projectId: 'project',
      unitId: 'unit',
      stage: 'draft',
      version: 7,
      number: null,
      wakeAt: now - minute + 24 * hour,
      deadlines: [{ kind: 'mail-given-up', fileId: 'file', at: now - minute + 24 * hour }],
      owed: [{ kind: 'mail', key: 'mail/file/1', fileId: 'file', generation: 1 }],
      waitingFor: ['staff'],
      files: [
        {
          id: 'file',
          accession: 'HRA000567',
          repository: 'GSA-Human',
          status: 'locked',
          wrongTriesForLife: 20,
          consent: {
            status: 'sending',
            sentAt: null,
            expiresAt: null,
            wrongTries: 0,
            trouble: null,
            smtpCode: null,
          },
        },
        {
          id: 'b',
          accession: 'HRA000567',
          repository: 'OMIX',
          status: 'done',
          wrongTriesForLife: 0,
          consent: {
            status: 'unsent',
            sentAt: null,
            expiresAt: null,
            wrongTries: 0,
            trouble: null,
            smtpCode: null,
          },
        },
      ],
    })
  })
  it.each([
    ['a draft', aBackup(), false],
    ['a discarded one', discarded(), true],
    ['a number that is not acknowledged', completed(), false],
    ['an acknowledged number', completed({ report: { version: 2, acknowledged: 2 } }), true],
  ])('%s: finished is %s', (_, backup, expected) => {
    expect(isFinished(mirrorOf(backup, now))).toBe(expected)
  })
})
