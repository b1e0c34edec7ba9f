import { describe, expect, it } from 'vitest'
import type { Backup, DataFile } from '../../domain/backup/state.ts'
import { hour, minute } from '../../domain/times.ts'
import { limits, noConsent } from '../../domain/backup/consent.ts'
import type { Command, LinkFile } from '../../domain/backup/commands.ts'
import type { Flat as Decision } from '../support/decide.ts'
import type { SomeFacts as Facts } from '../support/decide.ts'
import { refusalCodes } from '../../domain/result.ts'
import {
  aBackup,
  aFile,
  completed,
  consents,
  discarded,
  custodian,
  lead,
  now,
  saidOf,
  say,
} from './builders.ts'

const link = (given: Partial<LinkFile> = {}): LinkFile => ({
  type: 'linkFile',
  fileId: 'new',
  dataType: 1,
  sampleCount: 10,
  mbPerSample: '0.5',
  depositorEmail: 'depositor@example.cn',
  accession: 'HRA000570',
  ...given,
})

const persons = {
  editBackup: { type: 'editBackup', name: '新名称', contentTypes: ['wgs', 'wes'] },
  discard: { type: 'discard' },
  linkFile: link(),
  editFile: { type: 'editFile', fileId: 'file', sampleCount: 51, mbPerSample: '2000' },
  removeFile: { type: 'removeFile', fileId: 'file' },
  sendCode: { type: 'sendCode', fileId: 'file' },
  enterCode: { type: 'enterCode', fileId: 'file', proof: '-' },
  submit: { type: 'submit' },
} satisfies Record<string, Command>
const own = (file: DataFile | undefined) =>
  ({
    'recordCheck match': { type: 'recordCheck', fileId: 'file', answer: 'match' },
    'recordCheck mismatch': { type: 'recordCheck', fileId: 'file', answer: 'mismatch' },
    recordAcceptance: {
      type: 'recordAcceptance',
      fileId: 'file',
      generation: (file?.consent.generation ?? 0) + 1,
    },
    recordUndelivered: {
      type: 'recordUndelivered',
      fileId: 'file',
      generation: (file?.consent.generation ?? 0) + 1,
      trouble: 'rejected',
    },
    recordSync: { type: 'recordSync', version: 1 },
    expire: { type: 'expire' },
  }) satisfies Record<string, Command>

describe('R56 only the custodian may change a backup', () => {
  const stages = {
    draft: aBackup({ files: [aFile()] }),
    completed: completed(),
    discarded: discarded({}),
  }
  for (const [stage, state] of Object.entries(stages))
    for (const command of Object.values(persons))
      it.each(['another account', null])(`${command.type} on a ${stage} one: %s gets NOT_FOUND`, (actor) => {
        const decision = say(state, command, { actor, facts: { isRight: true, checked: 'match' } })
        expect(saidOf(state, decision)).toBe('NOT_FOUND')
        expect(decision.answer).toEqual({ ok: false, code: 'NOT_FOUND', params: {} })
      })
})

describe('R16, R33, R34 a stage decides what may be said', () => {
  const table: [string, Backup, Record<keyof typeof persons | keyof ReturnType<typeof own>, string>][] = [
    [
      'draft without files',
      aBackup(),
      {
        editBackup: 'changed',
        discard: 'changed',
        linkFile: 'changed',
        editFile: 'NOT_FOUND',
        removeFile: 'NOT_FOUND',
        sendCode: 'NOT_FOUND',
        enterCode: 'NOT_FOUND',
        submit: 'NO_FILES',
        'recordCheck match': 'same',
        'recordCheck mismatch': 'same',
        recordAcceptance: 'same',
        recordUndelivered: 'same',
        recordSync: 'same',
        expire: 'same',
      },
    ],
    [
      'completed',
      completed(),
      {
        editBackup: 'BACKUP_LOCKED',
        discard: 'BACKUP_LOCKED',
        linkFile: 'BACKUP_LOCKED',
        editFile: 'changed', // R35,
        removeFile: 'BACKUP_LOCKED',
        sendCode: 'BACKUP_LOCKED',
        enterCode: 'same',
        submit: 'same',
        'recordCheck match': 'same',
        'recordCheck mismatch': 'same',
        recordAcceptance: 'same',
        recordUndelivered: 'same',
        recordSync: 'changed',
        expire: 'same',
      },
    ],
    [
      'discarded',
      discarded({ files: [aFile({ consent: consents.sending }), aFile({ status: 'checking' })] }),
      {
        editBackup: 'NOT_FOUND',
        discard: 'same',
        linkFile: 'NOT_FOUND',
        editFile: 'NOT_FOUND',
        removeFile: 'NOT_FOUND',
        sendCode: 'NOT_FOUND',
        enterCode: 'NOT_FOUND',
        submit: 'NOT_FOUND',
        'recordCheck match': 'same',
        'recordCheck mismatch': 'same',
        recordAcceptance: 'same',
        recordUndelivered: 'same',
        recordSync: 'same',
        expire: 'same',
      },
    ],
  ]
  for (const [name, state, row] of table) {
    const commands: Record<string, Command> = { ...persons, ...own(state.files[0]) }
    for (const [command, expected] of Object.entries(row))
      it(`${name}: ${command} → ${expected}`, () => {
        const said = commands[command]
        if (!said) throw new Error(`no command ${command}`)
        const facts: Facts = { checked: 'match', isRight: false }
        expect(saidOf(state, say(state, said, { facts, at: now + 100 * hour, actor: custodian }))).toBe(
          expected,
        )
      })
  }

  it('says when it was locked, and with which number', () => {
    expect(say(completed(), { type: 'discard' }).answer).toEqual({
      ok: false,
      code: 'BACKUP_LOCKED',
      params: { time: new Date(now - hour).toISOString(), number: 'BF2026112200001' },
    })
  })
  it('has no verification for a file that a completed backup does not have', () => {
    const state = completed()
    expect(saidOf(state, say(state, { type: 'enterCode', fileId: 'another', proof: '-' }))).toBe(
      'BACKUP_LOCKED',
    )
  })
})

/** What each command does to a draft with this one file; the order of columns below. */
const columns = [
  'editFile',
  'removeFile',
  'sendCode',
  'enterCode right',
  'enterCode wrong',
  'submit',
  'recordCheck match',
  'recordCheck mismatch',
  'recordAcceptance',
  'recordUndelivered',
  'expire',
] as const
type Row = [string, DataFile, string]
const changed = 'changed'
const pending = (consent: keyof typeof consents, cells: string): Row => [
  `待验证, ${consent}`,
  aFile({ consent: consents[consent] }),
  cells,
]
// prettier-ignore
const fileTable: Row[] = [
  //                                             edit          remove  send             right            wrong              submit          match   mismatch  accepted undelivered expire
  ['校验中', aFile({ status: 'checking' }),       'FILE_CHECKING changed CODE_NOT_NEEDED CODE_NOT_SENT CODE_NOT_SENT FILES_NOT_READY changed changed same same same'],
  ['校验失败', aFile({ status: 'mismatch' }),     'changed changed CODE_NOT_NEEDED CODE_NOT_SENT CODE_NOT_SENT NO_FILES same same same same same'],
  ['完成', aFile({ status: 'done' }),             'changed changed CODE_NOT_NEEDED same same changed same same same same same'],
  ['已锁定', aFile({ wrongTriesForLife: 20, consent: consents['sent an hour ago'] }),
                                                  'changed changed FILE_CODE_LOCKED FILE_CODE_LOCKED FILE_CODE_LOCKED FILES_NOT_READY same same same same same'],
  pending('unsent',                               'changed changed changed CODE_NOT_SENT CODE_NOT_SENT FILES_NOT_READY same same same same same'),
  pending('sending',                              'changed changed same changed CODE_WRONG+ FILES_NOT_READY same same changed changed same'),
  pending('sent 4 minutes ago',                   'changed changed CODE_TOO_SOON changed CODE_WRONG+ FILES_NOT_READY same same same same same'),
  pending('sent an hour ago',                     'changed changed changed changed CODE_WRONG+ FILES_NOT_READY same same same same same'),
  pending('sent 48 hours ago',                    'changed changed changed CODE_EXPIRED CODE_EXPIRED FILES_NOT_READY same same same same changed'),
  pending('sending again',                        'changed changed same changed CODE_WRONG+ FILES_NOT_READY same same changed changed same'),
  pending('undelivered',                          'changed changed changed CODE_NOT_SENT CODE_NOT_SENT FILES_NOT_READY same same same same same'),
  pending('undelivered, old code alive',          'changed changed changed changed CODE_WRONG+ FILES_NOT_READY same same same same same'),
  pending('expired',                              'changed changed changed CODE_EXPIRED CODE_EXPIRED FILES_NOT_READY same same same same same'),
  pending('voided',                               'changed changed changed CODE_VOIDED CODE_VOIDED FILES_NOT_READY same same same same same'),
  pending('voided 4 minutes after the mail',      'changed changed CODE_TOO_SOON CODE_VOIDED CODE_VOIDED FILES_NOT_READY same same same same same'),
]

describe('R20–R32 every status of a file × every command', () => {
  for (const [name, file, cells] of fileTable) {
    const expected = cells.split(' ')
    const state = aBackup({ files: [file] })
    const commands: Record<string, Command> = { ...persons, ...own(file) }
    for (const [i, column] of columns.entries())
      it(`${name}: ${column} → ${expected[i]}`, () => {
        const command = commands[column] ?? commands[column.split(' ')[0] ?? '']
        if (!command) throw new Error(`no command ${column}`)
        const decision = say(state, command, { facts: { isRight: column === 'enterCode right' } })
        expect(saidOf(state, decision)).toBe(expected[i])
        expect(decision.fact === undefined).toBe(decision.state === state)
      })
  }
  it('uses only codes from the closed list', () => {
    const codes = fileTable.flatMap(([, , cells]) => cells.split(' ')).map((cell) => cell.replace('+', ''))
    const known: readonly string[] = [...refusalCodes, changed, 'same']
    expect(codes.filter((code) => !known.includes(code))).toEqual([])
  })
})

const fileOf = (state: Backup, id = 'new') => state.files.find((file) => file.id === id)

describe('R18–R23 linking a file', () => {
  it('R22 a match under the lead’s own address is 完成, in upper and lower case', () => {
    const decision = say(aBackup(), link({ depositorEmail: ' LEAD@Example.CN ' }), {
      facts: { checked: 'match' },
    })
    expect(fileOf(decision.state)).toMatchObject({ status: 'done', depositorEmail: 'LEAD@Example.CN' })
    expect(decision.fact).toEqual({
      action: 'fileAddedAndChecked',
      fileId: 'new',
      params: { accession: 'HRA000570' },
    })
  })
  it('R22 a match under another address is 待验证', () => {
    const decision = say(aBackup(), link(), { facts: { checked: 'match' } })
    expect(fileOf(decision.state)?.status).toBe('pending')
  })
  it.each([null, undefined])('R21 no answer yet (%s) is 校验中', (checked) => {
    const decision = say(aBackup(), link({ depositorEmail: lead }), {
      facts: checked === null ? { checked } : {},
    })
    expect(fileOf(decision.state)?.status).toBe('checking')
    expect(decision.fact?.action).toBe('fileAdded')
  })
  it('R20 a mismatch adds nothing, and is counted', () => {
    const state = aBackup()
    const decision = say(state, link(), { facts: { checked: 'mismatch' } })
    expect(decision).toEqual({
      answer: { ok: false, code: 'ACCOUNT_ACCESSION_MISMATCH', params: { repository: 'GSA-Human' } },
      state,
      count: 'mismatch',
    })
  })
  it('R14 takes only data types that the content types offer', () => {
    const state = aBackup({ contentTypes: ['epigenome'] })
    expect(saidOf(state, say(state, link({ dataType: 3, accession: 'GVM000324' })))).toBe(
      'DATA_TYPE_NOT_OFFERED',
    )
  })
  it('R19 keeps the normalised accession', () => {
    const decision = say(aBackup(), link({ accession: ' ｈｒａ０００５７０ ' }))
    expect(fileOf(decision.state)?.accession).toBe('HRA000570')
  })
  it('R23 refuses the same accession twice, in every version, and says which item it is', () => {
    const state = aBackup({
      files: [aFile({ id: 'a' }), aFile({ id: 'b', dataType: 6, accession: 'C_AA004835.1' })],
    })
    expect(say(state, link({ dataType: 6, accession: 'c_aa004835.2' })).answer).toEqual({
      ok: false,
      code: 'ACCESSION_DUPLICATE',
      params: { accession: 'C_AA004835.2', item: 2 },
    })
  })
  it('R21, R23 a 校验失败 row is no file: its accession can be linked again', () => {
    const state = aBackup({ files: [aFile({ id: 'failed', status: 'mismatch', accession: 'HRA000570' })] })
    expect(saidOf(state, say(state, link(), { facts: { checked: 'match' } }))).toBe('changed')
  })
  it('R21 takes the place of the 校验失败 row it corrects, and of nothing else', () => {
    const files = [aFile({ id: 'failed', status: 'mismatch' }), aFile({ id: 'good', accession: 'HRA000001' })]
    const after = (replaces: string) => say(aBackup({ files }), link({ replaces })).state.files
    expect(after('failed').map((file) => file.id)).toEqual(['good', 'new'])
    expect(after('good').map((file) => file.id)).toEqual(['failed', 'good', 'new'])
  })
  it('R25 takes the place of the row whose account had no such address, with the same accession', () => {
    const wrong = aFile({
      id: 'wrong',
      status: 'pending',
      depositorEmail: 'nobody@example.cn',
      consent: { ...noConsent, status: 'undelivered', trouble: 'no-such-address' },
    })
    const after = say(aBackup({ files: [wrong] }), link({ accession: wrong.accession, replaces: 'wrong' }))
    expect(after.answer).toEqual({ ok: true })
    expect(after.state.files.map((file) => file.id)).toEqual(['new'])
    const asked = { ...wrong, consent: { ...noConsent, status: 'sending' as const } }
    const kept = say(aBackup({ files: [asked] }), link({ accession: wrong.accession, replaces: 'wrong' }))
    expect(kept.answer).toMatchObject({ ok: false, code: 'ACCESSION_DUPLICATE' })
  })
  it('R23 warns once of another backup of the unit', () => {
    const state = aBackup()
    const facts = { elsewhere: { number: 'BF2026112200001' }, checked: 'match' as const }
    expect(say(state, link(), { facts }).answer).toEqual({
      ok: false,
      code: 'ACCESSION_ELSEWHERE',
      params: { accession: 'HRA000570', number: 'BF2026112200001' },
    })
    expect(saidOf(state, say(state, link({ confirmDuplicate: true }), { facts }))).toBe('changed')
  })
  it('R23 names the backup when it is one’s own', () => {
    const own = { backupId: 'a1', name: '示例备份', project: '示例项目' }
    const facts = { elsewhere: { number: null, own }, checked: 'match' as const }
    expect(say(aBackup(), link(), { facts }).answer).toEqual({
      ok: false,
      code: 'ACCESSION_ELSEWHERE',
      params: { accession: 'HRA000570', number: null, ...own },
    })
  })
  it('R23 the same accession twice in one backup cannot be confirmed away', () => {
    const state = aBackup({ files: [aFile()] })
    expect(saidOf(state, say(state, link({ accession: 'HRA000567', confirmDuplicate: true })))).toBe(
      'ACCESSION_DUPLICATE',
    )
  })
  it('links once when it is said twice', () => {
    const once = say(aBackup(), link(), { facts: { checked: 'match' } }).state
    expect(saidOf(once, say(once, link(), { facts: { checked: 'mismatch' } }))).toBe('same')
  })
  it('R28 starts with the wrong codes that this accession has in the project', () => {
    const decision = say(aBackup(), link(), { facts: { checked: 'match', wrongTriesForLife: 19 } })
    expect(fileOf(decision.state)?.wrongTriesForLife).toBe(19)
  })
  it('R28 allows 20 mismatches a day', () => {
    const state = aBackup()
    const facts = (count: number): Facts => ({ checked: 'match', mismatches: { count, freeAt: now + hour } })
    expect(saidOf(state, say(state, link(), { facts: facts(limits.mismatchesPerAccount - 1) }))).toBe(
      'changed',
    )
    expect(say(state, link(), { facts: facts(limits.mismatchesPerAccount) }).answer).toEqual({
      ok: false,
      code: 'CHECK_DAILY_LIMIT',
      params: { limit: 20, time: new Date(now + hour).toISOString() },
    })
  })
})

describe('R21 the answer that comes later', () => {
  const checking = (depositorEmail: string) =>
    aBackup({ files: [aFile({ status: 'checking', depositorEmail })] })
  const check = (answer: 'match' | 'mismatch'): Command => ({ type: 'recordCheck', fileId: 'file', answer })
  it.each([
    ['match', 'Lead@example.cn', 'done', undefined],
    ['match', 'depositor@example.cn', 'pending', undefined],
    ['mismatch', 'depositor@example.cn', 'mismatch', 'mismatch'],
  ] as const)('%s for %s → %s', (answer, email, status, count) => {
    const decision = say(checking(email), check(answer), { actor: null })
    expect(fileOf(decision.state, 'file')?.status).toBe(status)
    expect(decision.count).toBe(count)
  })
})

describe('R13 content types', () => {
  const edit = (contentTypes: readonly ('wgs' | 'wes' | 'array' | 'epigenome')[]): Command => ({
    type: 'editBackup',
    name: '示例备份',
    contentTypes,
  })
  const assembled = aFile({ id: 'gwh', dataType: 2, accession: 'GWHAAAA00000000' })
  it('keeps one that a file depends on, and names the file', () => {
    const state = aBackup({ contentTypes: ['wgs', 'epigenome'], files: [aFile(), assembled] })
    expect(say(state, edit(['epigenome'])).answer).toEqual({
      ok: false,
      code: 'CONTENT_TYPE_IN_USE',
      params: { contentTypes: ['wgs'], accessions: ['GWHAAAA00000000'], fileIds: ['gwh'] },
    })
  })
  it('lets one go that another one covers', () => {
    const state = aBackup({ contentTypes: ['wgs', 'wes'], files: [aFile()] })
    expect(saidOf(state, say(state, edit(['wes'])))).toBe('changed')
  })
  it('R21 lets one go that only a 校验失败 row had', () => {
    const state = aBackup({
      contentTypes: ['wgs', 'epigenome'],
      files: [{ ...assembled, status: 'mismatch' }],
    })
    expect(saidOf(state, say(state, edit(['epigenome'])))).toBe('changed')
  })
  it('the same in another order is no change', () => {
    const state = aBackup({ contentTypes: ['wgs', 'wes'] })
    expect(saidOf(state, say(state, edit(['wes', 'wgs'])))).toBe('same')
  })
  it('keeps the name as typed, in NFC and trimmed', () => {
    const command: Command = { type: 'editBackup', name: ' 备份　Ａ ', contentTypes: ['wgs'] }
    expect(say(aBackup(), command).state.name).toBe('备份　Ａ')
  })
})

describe('R24 what can be changed about a file', () => {
  it('samples and size, and nothing else', () => {
    const file = aFile({ consent: consents['sent an hour ago'], wrongTriesForLife: 3 })
    const decision = say(aBackup({ files: [file] }), {
      type: 'editFile',
      fileId: 'file',
      sampleCount: 7,
      mbPerSample: '0.125',
    })
    expect(decision.state.files).toEqual([{ ...file, sampleCount: 7, mbPerSample: '0.125' }])
  })
  it('the same values are no change', () => {
    const state = aBackup({ files: [aFile()] })
    const { sampleCount, mbPerSample } = aFile()
    const command: Command = { type: 'editFile', fileId: 'file', sampleCount, mbPerSample }
    expect(saidOf(state, say(state, command))).toBe('same')
  })
})

describe('R25, R27, R28 limits on codes', () => {
  const state = aBackup({ files: [aFile()] })
  const send: Command = { type: 'sendCode', fileId: 'file' }
  it.each([
    ['codes', limits.codesPerFile],
    ['ownMails', limits.mailsPerRequesterDay],
    ['mailsInDay', limits.mailsPerRecipientDay],
    ['mailsInWeek', limits.mailsPerRecipientWeek],
  ] as const)('%s: %i are enough', (fact, limit) => {
    const counted = (count: number): Facts => ({
      lastOwnMail: { count: 1, freeAt: now + 2 * hour },
      [fact]: { count, freeAt: now + hour },
    })
    expect(saidOf(state, say(state, send, { facts: counted(limit - 1) }))).toBe('changed')
    expect(say(state, send, { facts: counted(limit) }).answer).toEqual({
      ok: false,
      code: 'CODE_SEND_LIMIT',
      params: { time: new Date(now + hour).toISOString() },
    })
  })
  it('several full limits: the one that is free last counts', () => {
    const facts: Facts = {
      codes: { count: 5, freeAt: now + 3 * hour },
      lastOwnMail: { count: 1, freeAt: now + 2 * hour },
      mailsInDay: { count: 30, freeAt: now + hour },
    }
    expect(say(state, send, { facts }).answer).toMatchObject({
      params: { time: new Date(now + 3 * hour).toISOString() },
    })
  })
  it('R28 what others filled refuses nobody’s first mail of the day, and an operator looks at it', () => {
    const facts: Facts = {
      mailsInDay: { count: 45, freeAt: now + hour },
      mailsInWeek: { count: 200, freeAt: now + hour },
    }
    const first = say(state, send, { facts })
    expect(saidOf(state, first)).toBe('changed')
    expect(first.item).toBe('recipientFull')
    // The second is refused until the totals, or the own first one, leave the window.
    facts.lastOwnMail = { count: 1, freeAt: now + 30 }
    expect(say(state, send, { facts }).answer).toMatchObject({
      code: 'CODE_SEND_LIMIT',
      params: { time: new Date(now + 30).toISOString() },
    })
  })
  it.each([
    ['mailsInDay', 28, undefined],
    ['mailsInDay', 29, 'recipientFull'],
    ['mailsInWeek', 198, undefined],
    ['mailsInWeek', 199, 'recipientFull'],
  ] as const)('%s: %i before it: %s', (fact, count, item) => {
    expect(say(state, send, { facts: { [fact]: { count, freeAt: now + hour } } }).item).toBe(item)
  })
  it('a nudge of a mail on its way is not counted', () => {
    const decision = say(aBackup({ files: [aFile({ consent: consents.sending })] }), send)
    expect(decision.count).toBeUndefined()
    expect(say(state, send).count).toBe('code')
  })
  it('50 wrong codes a day are enough for one account, right or wrong', () => {
    const sent = aBackup({ files: [aFile({ consent: consents['sent an hour ago'] })] })
    const facts: Facts = { isRight: true, wrongCodes: { count: 50, freeAt: now + hour } }
    expect(saidOf(sent, say(sent, { type: 'enterCode', fileId: 'file', proof: '-' }, { facts }))).toBe(
      'RATE_LIMITED',
    )
    facts.wrongCodes = { count: 49, freeAt: now + hour }
    expect(saidOf(sent, say(sent, { type: 'enterCode', fileId: 'file', proof: '-' }, { facts }))).toBe(
      'changed',
    )
  })
})

describe('R28 a wrong code', () => {
  const wrong: Command = { type: 'enterCode', fileId: 'file', proof: '-' }
  const sent = (wrongTriesForLife = 0) =>
    aBackup({ files: [aFile({ consent: consents['sent an hour ago'], wrongTriesForLife })] })
  it('says how many tries are left; the fifth voids the code', () => {
    const said: unknown[] = []
    let state: Backup = sent()
    for (let i = 0; i < 6; i++) {
      const decision = say(state, wrong)
      said.push(decision.answer.ok ? 'ok' : [decision.answer.code, decision.answer.params.triesLeft])
      state = decision.state
    }
    expect(said).toEqual([
      ['CODE_WRONG', 4],
      ['CODE_WRONG', 3],
      ['CODE_WRONG', 2],
      ['CODE_WRONG', 1],
      ['CODE_VOIDED', undefined],
      ['CODE_VOIDED', undefined],
    ])
    expect(state.files[0]?.wrongTriesForLife).toBe(5)
  })
  it('the twentieth for this accession locks it, though the code has tries left', () => {
    const decision = say(sent(19), wrong)
    expect(decision.answer).toMatchObject({ code: 'FILE_CODE_LOCKED' })
    expect(decision.fact?.action).toBe('fileLocked')
    expect(decision.count).toBe('wrongCode')
    expect(saidOf(sent(19), say(sent(18), wrong))).toBe('CODE_WRONG+')
  })
  it('counts from what the locked row says, not from what was loaded before it was locked', () => {
    const decision = say(sent(7), wrong, { facts: { wrongTriesForLife: 11 } })
    expect(decision.state.files[0]?.wrongTriesForLife).toBe(12)
    const full = { wrongTriesForLife: 20, isRight: true }
    expect(say(sent(7), wrong, { facts: full }).answer).toMatchObject({ code: 'FILE_CODE_LOCKED' })
  })
})

describe('R32, R33 submitting', () => {
  const done = aFile({ id: 'done', status: 'done' })
  it('names what still blocks the number, file by file', () => {
    const state = aBackup({
      files: [done, aFile({ id: 'a' }), aFile({ id: 'b', status: 'checking', accession: 'HRA000002' })],
    })
    expect(say(state, { type: 'submit' }).answer).toEqual({
      ok: false,
      code: 'FILES_NOT_READY',
      params: { fileIds: ['a', 'b'], accessions: ['HRA000567', 'HRA000002'] },
    })
  })
  it('R21 a 校验失败 row does not block it, and is not part of it', () => {
    const { state } = say(aBackup({ files: [aFile({ status: 'mismatch' }), done] }), { type: 'submit' })
    expect(state.files).toEqual([done])
  })
  it('asks for the next number, locks, and owes version 1 to the report system', () => {
    const { state, fact } = say(aBackup({ files: [done] }), { type: 'submit' })
    expect(state).toMatchObject({
      stage: 'completed',
      number: 'next',
      report: { version: 1, acknowledged: 0 },
    })
    expect(fact).toEqual({ action: 'numberIssued' })
  })
})

describe('R37 acknowledgements come in order, once', () => {
  it.each([
    [0, 'same'],
    [1, 'same'],
    [2, 'changed'],
    [3, 'same'],
    [4, 'same'],
  ])('version %i after 1 of 3 → %s', (version, expected) => {
    const state = completed({ report: { version: 3, acknowledged: 1 } })
    expect(saidOf(state, say(state, { type: 'recordSync', version }, { actor: null }))).toBe(expected)
  })
})

describe('R27 when the clock passes a deadline', () => {
  it('gives up mails one by one, then expires codes together, of pending files only', () => {
    const gone = consents['sent 48 hours ago']
    const files = [
      aFile({ id: 'old', consent: gone }),
      aFile({ id: 'young', consent: consents['sent an hour ago'], accession: 'HRA000001' }),
      aFile({ id: 'done', consent: gone, status: 'done', accession: 'HRA000002' }),
      aFile({
        id: 'mail',
        consent: { ...consents.sending, requestedAt: now - 24 * hour },
        accession: 'HRA000003',
      }),
    ]
    const first = say(aBackup({ files }), { type: 'expire' }, { actor: null })
    const statuses = ({ state }: Decision) => state.files.map((file) => file.consent.status)
    expect(statuses(first)).toEqual(['sent', 'sent', 'sent', 'undelivered'])
    expect(first.state.files[3]?.consent.trouble).toBe('not-accepted')
    expect(first.fact).toMatchObject({
      action: 'codeUndelivered',
      fileId: 'mail',
      params: { accession: 'HRA000003', trouble: 'not-accepted' },
    })
    const second = say(first.state, { type: 'expire' }, { actor: null })
    expect(statuses(second)).toEqual(['expired', 'sent', 'sent', 'undelivered'])
    expect(second.fact).toMatchObject({ action: 'codesExpired', params: { accessions: ['HRA000567'] } })
  })
  it('a minute early is too early', () => {
    const state = aBackup({ files: [aFile({ consent: consents['sent 48 hours ago'] })] })
    expect(saidOf(state, say(state, { type: 'expire' }, { at: now - minute }))).toBe('same')
  })
})
