/** The checker finds nothing in a sound life, and every rule reports what is planted for it. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { check, digestOf, rules } from './checker.ts'
import { lastLook, strayTab, type AuditRow, type Entry, type Evidence, type Happening, type Json, type Lookup, type Mail } from './evidence.ts' // prettier-ignore

const [account, other, unit, project] = ['account-1', 'account-2', 'unit-1', 'project-1']
const [backup, draft, ownFile, othersFile] = ['backup-1', 'backup-2', fileId(1), fileId(2)]
const number = 'BF2026112200001'
const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 6, 0, second)).toISOString()
const twoDays = 2 * 24 * 3600
const ms = (second: number) => Date.parse(at(second))
function fileId(n: number): string {
  return `00000000-0000-8000-8000-00000000000${n}`
}

/** A backup with an own file and one of another person, its number, one amendment; and an empty draft. */
function soundLife(): Evidence {
  const journal: Entry[] = []
  const ask = (second: number, method: string, path: string, status: number, answer: Json, body: Json | null = null) =>
    journal.push({
      line: journal.length + 1, who: 'jia', tab: 0, api: journal.length % 2, at: ms(second), ended: ms(second) + 50, method, path,
      key: method === 'GET' ? null : `key-${journal.length}`, body, status, answer,
    }) // prettier-ignore
  /** At once after a write. */
  const look = (second: number, path: string, answer: Json, status = 200) => {
    ask(second, 'GET', path, status, answer)
    Object.assign(journal.at(-1) ?? {}, { at: ms(second) + 200, ended: ms(second) + 230 })
  }
  const files = `/backups/${backup}/files`
  const shownFile = (id: string, status: string, consent: string, more: Json = {}) => ({
    ...{ id, accession: id === ownFile ? 'HRA000567' : 'GVM000004', status, consent: { status: consent } },
    ...more,
  })
  ask(0, 'POST', '/projects', 201, { id: project })
  ask(1, 'POST', `/projects/${project}/backups`, 201, {
    id: backup,
    reference: 'AAAA-0001',
    version: 1,
    number: null,
  })
  ask(2, 'POST', `/projects/${project}/backups`, 201, {
    id: draft,
    reference: 'AAAA-0002',
    version: 1,
    number: null,
  })
  ask(3, 'PATCH', `/backups/${backup}`, 200, { id: backup, reference: 'AAAA-0001', version: 2, number: null }, { name: '新名称', contentTypes: ['wgs'] }) // prettier-ignore
  look(3, `/backups/${backup}`, { id: backup, reference: 'AAAA-0001', version: 2, number: null, name: '新名称', stage: 'draft' }) // prettier-ignore
  ask(4, 'POST', files, 201, { id: ownFile, status: 'done' }, { accession: 'HRA000567', dataType: 1, depositorEmail: 'A@trial.cn' }) // prettier-ignore
  ask(5, 'POST', files, 201, { id: othersFile, status: 'pending' }, { accession: 'GVM000004', dataType: 3, depositorEmail: 'd@depot.cn' }) // prettier-ignore
  look(5, `${files}/${othersFile}`, shownFile(othersFile, 'pending', 'unsent'))
  ask(6, 'POST', `${files}/${othersFile}/code`, 201, { sentAt: at(6) })
  look(6, `${files}/${othersFile}`, shownFile(othersFile, 'pending', 'sent'))
  ask(7, 'POST', `${files}/${othersFile}/verification`, 422, { code: 'CODE_WRONG', params: { triesLeft: 4 } }, { code: '111111' }) // prettier-ignore
  ask(8, 'POST', `${files}/${othersFile}/verification`, 200, { id: othersFile }, { code: '482915' })
  look(8, `${files}/${othersFile}`, shownFile(othersFile, 'done', 'sent'))
  ask(9, 'POST', `/backups/${backup}/submission`, 200, { number, issuedAt: at(9) })
  look(9, `/backups/${backup}`, { id: backup, reference: 'AAAA-0001', version: 9, number, stage: 'completed', name: '新名称' }) // prettier-ignore
  ask(10, 'GET', `/backups/${backup}/snapshot`, 200, { number, sha256: 'x' })
  ask(11, 'PATCH', `${files}/${ownFile}`, 200, { id: ownFile }, { sampleCount: 60, mbPerSample: '2.5' })
  look(
    11,
    `${files}/${ownFile}`,
    shownFile(ownFile, 'done', 'unsent', { sampleCount: 60, mbPerSample: '2.500' }),
  )
  for (const path of ['/projects?page=1', `/projects/${project}/backups?page=1`, '/backups?page=1'])
    ask(12, 'GET', path, 200, {
      items: path.startsWith('/projects?')
        ? [{ id: project }]
        : [
            { id: draft, reference: 'AAAA-0002', version: 1, number: null },
            ...(path === '/backups?page=1'
              ? []
              : [{ id: backup, reference: 'AAAA-0001', version: 11, number }]),
          ],
    })
  for (const entry of journal.slice(-3)) entry.tab = lastLook

  const consent = (changes: Json = {}) => ({ status: 'unsent', generation: 0, wrongTries: 0, ...changes })
  const own = { id: ownFile, dataType: 1, sampleCount: 50, mbPerSample: '2', depositorEmail: 'a@trial.cn', accession: 'HRA000567', status: 'done', consent: consent() } // prettier-ignore
  const others = { id: othersFile, dataType: 3, sampleCount: 10, mbPerSample: '1', depositorEmail: 'd@depot.cn', accession: 'GVM000004', status: 'pending', consent: consent() } // prettier-ignore
  const report = (version: number, acknowledged: number) => ({ version, acknowledged })
  const change = (id: string, before: Json, after: Json) => ({
    before: { files: [{ id, ...before }] },
    after: { files: [{ id, ...after }] },
  })
  const audit: AuditRow[] = []
  const tell = (second: number, action: string, { of = backup, file = null, params = {}, before = null, after = null }: { of?: string | null; file?: string | null; params?: Json; before?: Json | null; after?: Json | null } = {}) => // prettier-ignore
    audit.push({
      id: audit.length + 1, unit_id: unit, seq: audit.length + 1, at: at(second), actor_id: account, action,
      project_id: project, backup_id: of, file_id: file, params, before, after, recorded_at: at(second), reason: null,
      previous: '', hash: '',
    }) // prettier-ignore
  const sending = consent({ status: 'sending', requestedAt: ms(6) })
  const sent = consent({ status: 'sent', generation: 1, sentAt: ms(6), expiresAt: ms(6 + twoDays) })
  const tried = { ...sent, wrongTries: 1 }
  for (const accountId of [account, other])
    tell(0, 'signedIn', { of: null, params: { accountId, unitId: unit } })
  tell(0, 'projectCreated', { of: null })
  tell(1, 'backupCreated', { after: { name: '名称', contentTypes: ['wgs'] } })
  tell(2, 'backupCreated', { of: draft, after: { name: '名称', contentTypes: ['wgs'] } })
  tell(3, 'backupEdited', { before: { name: '名称' }, after: { name: '新名称' } })
  tell(4, 'fileAddedAndChecked', { file: ownFile, before: { files: [] }, after: { files: [own] } })
  tell(5, 'fileAddedAndChecked', { file: othersFile, before: { files: [] }, after: { files: [others] } })
  const code = { file: othersFile }
  tell(6, 'codeRequested', { ...code, ...change(othersFile, { consent: consent() }, { consent: sending }) })
  tell(6, 'codeSent', { ...code, ...change(othersFile, { consent: sending }, { consent: sent }) })
  tell(7, 'codeWrong', { ...code, ...change(othersFile, { consent: sent, wrongTriesForLife: 7 }, { consent: tried, wrongTriesForLife: 8 }) }) // prettier-ignore
  tell(8, 'fileAuthorised', { ...code, ...change(othersFile, { status: 'pending' }, { status: 'done' }) })
  const issued = { stage: 'completed', number, issuedAt: ms(9), report: report(1, 0) }
  tell(9, 'numberIssued', { before: { stage: 'draft', number: null, issuedAt: null, report: report(0, 0) }, after: issued }) // prettier-ignore
  const synced = (version: number, last: number) => ({
    params: { version },
    before: { report: report(last, version - 1) },
    after: { report: report(last, version) },
  })
  tell(9, 'numberSynced', synced(1, 1))
  const amended = change(
    ownFile,
    { sampleCount: 50, mbPerSample: '2' },
    { sampleCount: 60, mbPerSample: '2.5' },
  )
  tell(11, 'fileAmended', {
    file: ownFile,
    params: { version: 2 },
    before: { ...amended.before, report: report(1, 1) },
    after: { ...amended.after, report: report(2, 1) },
  })
  tell(11, 'numberSynced', synced(2, 2))
  chained(audit)

  const snapshot = {
    name: '新名称',
    contentTypes: ['wgs'],
    unit: { id: 'u', name: '单位' },
    custodian: { subject: 'person-1', name: '欧阳试错' },
    files: [own, others].map(({ dataType, accession, depositorEmail, sampleCount, mbPerSample }) => ({ dataType, accession, depositorEmail, sampleCount, mbPerSample })), // prettier-ignore
    sizeMb: '110',
  }
  const amendment = {
    ...snapshot,
    files: snapshot.files.map((file, i) =>
      i === 0 ? { ...file, sampleCount: 60, mbPerSample: '2.5' } : file,
    ),
    sizeMb: '160',
  }
  const received = (version: number, sizeMb: string) => ({ number, version, name: '新名称', files: 2, sizeMb, custodian: {}, at: at(9) }) // prettier-ignore
  const row = (id: string, changes: Json) => ({
    id, reference: 'AAAA-0002', project_id: project, unit_id: unit, custodian_id: account, name: '名称', content_types: ['wgs'],
    stage: 'draft', version: 1, seen_version: 1, number: null, issued_at: null, snapshot: null,
    report_version: 0, report_acknowledged: 0, ...changes,
  }) // prettier-ignore
  const fileRow = (id: string, changes: Json) => ({
    id, backup_id: backup, data_type: 1, sample_count: 60, mb_per_sample: 2.5, depositor_email: 'a@trial.cn',
    accession: 'HRA000567', accession_key: 'HRA000567', status: 'done', removed_at: null, ...changes,
  }) // prettier-ignore
  return {
    scale: { minutes: 0.25, people: 2 },
    journal,
    happened: [],
    absences: [],
    disabled: [],
    people: [
      {
        login: 'jia',
        subject: 'person-1',
        name: '欧阳试错',
        phone: '13977770001',
        email: 'a@trial.cn',
        unit,
      },
      { login: 'yi', subject: 'person-2', name: '上官试错', phone: '13977770002', email: 'b@trial.cn', unit },
    ],
    dataSets: [
      { repository: 'GSA-Human', accession: 'HRA000567', account: 'a@trial.cn' },
      { repository: 'GVM', accession: 'GVM000004', account: 'd@depot.cn' },
    ],
    tables: {
      accounts: [
        { id: account, subject: 'person-1' },
        { id: other, subject: 'person-2' },
      ],
      projects: [{ id: project, owner_id: account, unit_id: unit, name: '项目', lead_email: 'A@trial.cn' }],
      backups: [
        row(backup, { reference: 'AAAA-0001', name: '新名称', stage: 'completed', version: 12, seen_version: 12, number, issued_at: at(9), snapshot, report_version: 2, report_acknowledged: 2 }), // prettier-ignore
        row(draft, {}),
      ] as Evidence['tables']['backups'],
      data_files: [
        fileRow(ownFile, {}),
        fileRow(othersFile, { data_type: 3, sample_count: 10, mb_per_sample: 1, depositor_email: 'd@depot.cn', accession: 'GVM000004', accession_key: 'GVM000004' }), // prettier-ignore
      ] as Evidence['tables']['data_files'],
      consents: [
        {
          file_id: ownFile,
          status: 'unsent',
          generation: 0,
          sent_at: null,
          expires_at: null,
          wrong_tries: 0,
          wrong_tries_next: 0,
        },
        {
          file_id: othersFile,
          status: 'sent',
          generation: 1,
          sent_at: at(6),
          expires_at: at(6 + twoDays),
          wrong_tries: 1,
          wrong_tries_next: 0,
        },
      ],
      code_tries: [{ project_id: project, accession_key: 'GVM000004', wrong: 1 }],
      commands: [],
      owed: [],
      numbers: [{ number, backup_id: backup, issued_at: at(9) }],
      number_counters: [{ day: '2026-11-22', last: 1 }],
      report_syncs: [
        { backup_id: backup, version: 1, payload: snapshot, acknowledged_at: at(9) },
        { backup_id: backup, version: 2, payload: amendment, acknowledged_at: at(11) },
      ],
      audit,
      audit_heads: [{ unit_id: unit, seq: audit.length, hash: audit.at(-1)?.hash ?? '' }],
    },
    brokenChains: [],
    received: [received(1, '110'), received(2, '160')],
    lookups: [lookup('HRA000567', 4), lookup('GVM000004', 5)],
    inbox: [mail(1, '482915', 6)],
    workflows: [
      { workflowId: 'backup-AAAA-0001', runId: 'r1', status: 'COMPLETED', attempt: 0 },
      { workflowId: 'backup-AAAA-0002', runId: 'r2', status: 'RUNNING', attempt: 1 },
    ],
    replayFailures: [],
    publicTexts: [{ where: 'logs/api.log', text: '{"backup":"AAAA-0001","ms":123}' }],
    databaseTexts: [{ where: 'audit.params', text: '{"accession":"GVM000004"}' }],
    settledMs: 900,
    gatheredAt: ms(60),
  }
}

const mail = (generation: number, code: string, second: number): Mail => ({
  to: 'd@depot.cn',
  subject: '',
  text: `您好，您的验证码为：${code}。GVM000004`,
  messageId: `<code.${othersFile}.${generation}@localhost>`,
  at: at(second),
})
const lookup = (accession: string, second: number, given: Partial<Lookup> = {}): Lookup => ({
  ...{ at: at(second), repository: accession.startsWith('GVM') ? 'GVM' : 'GSA-Human', accession },
  ...{ account: accession.startsWith('GVM') ? 'd@depot.cn' : 'a@trial.cn', mode: 'ok', answer: 'match' },
  ...given,
})
/** Each row with the hash that it should have. */
function chained(audit: AuditRow[]): void {
  let previous = '\\x'
  for (const row of audit) previous = row.hash = digestOf(Object.assign(row, { previous }))
}
const kill = (name: string, second: number) => ({ at: ms(second), done: ms(second), kill: name })
const fault = (target: string, second: number, set: Happening['fault']) => ({
  ...{ at: ms(second), done: ms(second) + 20, target, fault: set ?? {} },
})
const first = <T>(list: readonly T[]): T => {
  const [one] = list
  if (one === undefined) throw new Error('nothing there')
  return one
}
const found = <T>(list: readonly T[], test: (one: T) => boolean): T => first(list.filter(test))
const answerOf = (evidence: Evidence, path: string, status = 200) =>
  found(evidence.journal, (entry) => entry.path.endsWith(path) && entry.status === status)
const addAudit = (evidence: Evidence, like: string, changes: Partial<AuditRow> = {}) => {
  const { audit, audit_heads: heads } = evidence.tables
  const row = { ...found(audit, (one) => one.action === like), ...changes }
  audit.push({ ...row, id: 90 + audit.length, seq: audit.length + 1 })
  chained(audit)
  Object.assign(first(heads), { seq: audit.length, hash: audit.at(-1)?.hash })
}

const consentIn = (audit: readonly AuditRow[], action: string): Json => {
  const files = found(audit, (row) => row.action === action).after?.['files'] as Json[]
  const consent = { ...(first(files)['consent'] as Json) } // rows share it
  first(files)['consent'] = consent
  return consent
}
const expired = (evidence: Evidence, second: number) =>
  addAudit(evidence, 'codeWrong', {
    ...{ action: 'codesExpired', file_id: null, at: at(second) },
    after: { files: [{ id: othersFile, consent: { status: 'expired', expiresAt: null } }] },
  })
const edited = ({ journal }: Evidence) =>
  found(journal, ({ method, path }) => method === 'PATCH' && path.endsWith(backup))

/** What is planted, and the rule that must see it. */
const plants: [rule: string, what: string, plant: (evidence: Evidence) => void][] = [
  ['R33 numbers have their form', 'a gap', ({ tables }) => {
    first(tables.numbers).number = 'BF2026112200002'
  }],
  ['R33 numbers have their form', 'a number twice', ({ tables }) => {
    tables.numbers.push({ number, backup_id: draft, issued_at: at(10) })
  }],
  ['R33 numbers have their form', 'a short number', ({ tables }) => {
    first(tables.numbers).number = 'BF202611221'
  }],
  ['R33 numbers have their form', 'the day before in Shanghai', ({ tables }) => {
    first(tables.numbers).issued_at = '2026-11-21T15:59:59Z'
  }],
  ['R33 a backup has one number', 'two numbers', ({ tables }) => {
    tables.numbers.push({ number: 'BF2026112200002', backup_id: backup, issued_at: at(10) })
  }],
  ['R33 a backup has one number', 'none', ({ tables }) => void tables.numbers.pop()],
  ['R33 no number was shown', 'another one was shown', (evidence) => {
    answerOf(evidence, '/submission').answer = { number: 'BF2026112200009' }
  }],
  ['R33 no number was shown', 'it was gone again', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, `/backups/${backup}`), at: ms(20), ended: ms(21) })
  }],
  ['R34 what was locked', 'another accession', ({ tables }) => {
    first(tables.data_files).accession = 'HRA000568'
  }],
  ['R34 what was locked', 'another name', ({ tables }) => {
    first(tables.backups).name = '改名'
  }],
  ['R34 what was locked', 'another account', ({ tables }) => {
    first(tables.data_files).depositor_email = 'x@trial.cn'
  }],
  ['R34 what was locked', 'a file that was added', ({ tables }) => {
    tables.data_files.push({ ...first(tables.data_files), id: fileId(3), accession: 'HRA000569' })
  }],
  ['R34 what was locked', 'an edit after the lock', (evidence) => addAudit(evidence, 'backupEdited')],
  ['R34 what was locked', 'another snapshot', (evidence) => {
    const shown = answerOf(evidence, '/snapshot')
    evidence.journal.push({ ...shown, answer: { ...shown.answer, sha256: 'y' } })
  }],
  ['R35, R37', 'a version that was not told', ({ received }) => void received.pop()],
  ['R35, R37', 'versions in the wrong order', ({ received }) => void received.reverse()],
  ['R35, R37', 'another size was told', ({ received }) => {
    first(received).sizeMb = '111'
  }],
  ['R35, R37', 'a version that changes more than amounts', ({ tables }) => {
    first(tables.report_syncs.slice(1)).payload.name = '改名'
  }],
  ['R35, R37', 'a missing version', ({ tables }) => void tables.report_syncs.pop()],
  ['R35, R37', 'a number that only the report system knows', ({ received }) => {
    received.push({ ...first(received), number: 'BF2026112200002' })
  }],
  ['R20, R22', '完成 by a code that no person entered', (evidence) => {
    answerOf(evidence, '/verification').body = { code: '999999' }
  }],
  ['R20, R22', '完成 without a match', ({ dataSets }) => void dataSets.shift()],
  ['R28 a right code', 'a right code that was called wrong', (evidence) => {
    answerOf(evidence, '/verification', 422).body = { code: '482915' }
  }],
  ['R28 tries are limited', 'six wrong tries of one code', (evidence) => {
    for (let i = 0; i < 5; i++) addAudit(evidence, 'codeWrong')
  }],
  ['R28 tries are limited', 'tries that are not counted', ({ tables }) => {
    first(tables.code_tries).wrong = 0
  }],
  ['R28 wrong tries are counted once', 'one try counted twice', (evidence) => {
    for (let i = 0; i < 2; i++) addAudit(evidence, 'codeWrong')
  }],
  ['R27, R28 codes are not sent', 'six codes in a day', (evidence) => {
    for (let i = 0; i < 5; i++) addAudit(evidence, 'codeRequested')
  }],
  ['R27, R28 codes are not sent', 'two codes 299 s apart', (evidence) => {
    addAudit(evidence, 'codeSent', { at: at(6 + 299) })
  }],
  ['R27 one generation, one code', 'two codes for one generation', ({ inbox }) => {
    inbox.push(mail(1, '734206', 9))
  }],
  ['R27 one generation, one code', 'an older mail after a newer one', ({ inbox }) => {
    inbox.unshift(mail(2, '734206', 5))
  }],
  ['R27 one generation, one code', 'a code for the wrong person', ({ inbox }) => {
    first(inbox).to = 'x@depot.cn'
  }],
  ['R27 a code is mailed once', 'a second copy for no reason', ({ inbox }) => {
    inbox.push(mail(1, '482915', 7))
  }],
  ['R27 a code is mailed once', 'a copy after a kill of the API, which mails nothing', ({ inbox, happened }) => {
    inbox.push(mail(1, '482915', 7))
    happened.push(kill('api', 6), kill('temporal', 6))
  }],
  ['R27 a code is mailed once', 'a copy long after a kill', ({ inbox, happened }) => {
    inbox.push(mail(1, '482915', 40))
    happened.push(kill('worker', 20))
  }],
  ['R27 a code is mailed once', 'two copies after one kill', ({ inbox, happened }) => {
    inbox.push(mail(1, '482915', 7), mail(1, '482915', 8))
    happened.push(kill('worker', 6))
  }],
  ['R27 a code is mailed once', 'a copy while the mail server was well again', ({ inbox, happened }) => {
    inbox.push(mail(1, '482915', 7))
    happened.push(fault('mail', 1, { mode: 'wrong' }), fault('mail', 3, { mode: 'ok' }))
  }],
  ['R37 a version is told once', 'the same version again', ({ received }) => {
    received.push({ ...first(received), at: at(10) })
  }],
  ['R37 a version is told once', 'again and again after a kill', ({ received, happened }) => {
    for (const second of [10, 11, 12]) received.push({ ...first(received), at: at(second) })
    happened.push(kill('worker2', 9))
  }],
  ['R20 a repository that has answered', 'asked again for the same link', ({ lookups }) => {
    lookups.push(lookup('GVM000004', 6))
  }],
  ['R20 a repository that has answered', 'twice more after a kill', ({ lookups, happened }) => {
    lookups.push(lookup('GVM000004', 6), lookup('GVM000004', 7))
    happened.push(kill('worker', 5))
  }],
  ['R20 a repository is not asked faster', 'ten times in five seconds', ({ lookups }) => {
    for (let i = 0; i < 10; i++) lookups.unshift(lookup('GVM000004', i / 2, { mode: 'down', answer: null }))
  }],
  ['R20 a repository that asks for it', 'asked again after 2 s instead of 5', ({ lookups, happened }) => {
    lookups.unshift(lookup('GVM000004', 3, { mode: 'error', answer: null }))
    happened.push(fault('repository', 0, { mode: 'error', status: 503, retryAfter: 5 }))
  }],
  ['R20 a repository that asks for it', 'the same after a kill of the API', ({ lookups, happened }) => {
    lookups.unshift(lookup('GVM000004', 3, { mode: 'error', answer: null }))
    happened.push(fault('GVM', 0, { mode: 'error', status: 429, retryAfter: 5 }), kill('api2', 4))
  }],
  ['what was accepted', 'an edit that is not there', (evidence) => {
    found(evidence.journal, ({ method, answer }) => method === 'GET' && answer?.['version'] === 2).answer = {
      ...{ id: backup, reference: 'AAAA-0001', version: 2, number: null, name: '名称' },
    }
  }],
  ['what was accepted', 'an amendment that is not there', (evidence) => {
    Object.assign(answerOf(evidence, ownFile).answer ?? {}, { sampleCount: 50 })
    const look = found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(ownFile))
    look.answer = { ...look.answer, sampleCount: 50 }
  }],
  ['what was accepted', 'a file that is not there', (evidence) => {
    Object.assign(found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(othersFile)), {
      ...{ status: 404, answer: { code: 'NOT_FOUND' } },
    })
  }],
  ['what was accepted', 'a project that is not there', (evidence) => {
    const made = first(evidence.journal)
    evidence.journal.push({ ...made, method: 'GET', path: `/projects/${project}`, key: null, at: ms(20), ended: ms(21), status: 404, answer: { code: 'NOT_FOUND' } }) // prettier-ignore
  }],
  ['what was accepted', 'a number that is not there', (evidence) => {
    const look = found(evidence.journal, ({ method, answer }) => method === 'GET' && answer?.['version'] === 9)
    look.answer = { ...look.answer, stage: 'draft', number: null }
  }],
  ['what was accepted', 'a code that was not sent', (evidence) => {
    const look = found(evidence.journal, ({ answer }) => (answer?.['consent'] as Json | undefined)?.['status'] === 'sent')
    look.answer = { ...look.answer, consent: { status: 'unsent' } }
  }],
  ['what was accepted', 'a right code that changed nothing', (evidence) => {
    const look = found(evidence.journal, ({ at: time, method, path }) => method === 'GET' && path.endsWith(othersFile) && time > ms(8)) // prettier-ignore
    look.answer = { ...look.answer, status: 'pending' }
  }],
  ['what was accepted', 'a file that was removed and is there', (evidence) => {
    const look = found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(othersFile))
    evidence.journal.push(
      { ...look, method: 'DELETE', key: 'removal', status: 204, answer: {}, at: ms(20), ended: ms(21) },
      { ...look, at: ms(22), ended: ms(23) },
    )
  }],
  ['R21 a file’s state', '完成, then 待验证 again', (evidence) => {
    const look = found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(othersFile))
    evidence.journal.push({ ...look, at: ms(30), ended: ms(31) })
  }],
  ['R21 a file’s state', '待验证, then 校验中 in a list', (evidence) => {
    const look = found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(othersFile))
    const path = `/backups/${backup}/files`
    evidence.journal.push({ ...look, path, at: ms(7), ended: ms(7) + 50, answer: { items: [{ ...look.answer, status: 'checking' }] } }) // prettier-ignore
  }],
  ['enough happened', 'two numbers in ten minutes with four people', (evidence) => {
    evidence.scale = { minutes: 10, people: 4 }
  }],
  ['R57 the chain holds', 'what the product itself finds', ({ brokenChains }) => {
    brokenChains.push({ unit, seq: 3 })
  }],
  ['R57 the chain holds', 'another reason in a row', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'fileAmended').reason = '别的'
  }],
  ['R57 the chain holds', 'a row hashed again, without those after it', ({ tables }) => {
    const row = found(tables.audit, ({ action }) => action === 'codeWrong')
    row.hash = digestOf(Object.assign(row, { action: 'codeSent' }))
  }],
  ['R57 the chain holds', 'a row cut out', ({ tables }) => void tables.audit.splice(4, 1)],
  ['R57 the chain holds', 'the last rows cut off', ({ tables }) => void tables.audit.pop()],
  ['R57 what was acknowledged', 'a missing row', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'fileAuthorised').action = 'codeSent'
  }],
  ['R57 what was acknowledged', 'a code without a row', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'codeSent').action = 'codeUndelivered'
  }],
  ['R57 what was acknowledged', 'a number without a row', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'numberIssued').action = 'numberSynced'
  }],
  ['R57 what was acknowledged', 'an edit that was lost', (evidence) => {
    found(evidence.journal, ({ method, path }) => method === 'PATCH' && path.endsWith(backup)).body = { name: '别的' }
  }],
  ['R57 nothing happened more often', 'a doubled acknowledgement', (evidence) => addAudit(evidence, 'numberSynced')],
  ['R57 nothing happened more often', 'a second number issued', (evidence) => addAudit(evidence, 'numberIssued')],
  ['R57 nothing happened more often', 'a mail that no person asked for', (evidence) => addAudit(evidence, 'codeRequested')],
  ['R57 what was asked of a repository in vain', 'a look-up without a row', ({ journal }) => {
    const link = found(journal, ({ method, path }) => method === 'POST' && path.endsWith('/files'))
    journal.push({ ...link, line: 900, key: 'in vain', status: 422, answer: { code: 'ACCOUNT_ACCESSION_MISMATCH' } })
  }],
  ['R27 a code is good', 'one good for two hours more', ({ tables }) => {
    found(tables.consents, ({ status }) => status === 'sent').expires_at = at(6 + twoDays + 7200)
  }],
  ['R27 each consent', 'a code that is good from when it was asked for', ({ tables }) => {
    consentIn(tables.audit, 'codeSent')['sentAt'] = ms(5)
  }],
  ['R27 each consent', 'an acceptance before it was asked for', ({ tables }) => {
    consentIn(tables.audit, 'codeRequested')['requestedAt'] = ms(20)
  }],
  ['R27 each consent', 'a code that expires a minute early', (evidence) => expired(evidence, twoDays - 54)],
  ['R27 each consent', 'a mail given up after 23 hours', (evidence) => {
    addAudit(evidence, 'codeRequested')
    addAudit(evidence, 'codeRequested', {
      ...{ action: 'codeUndelivered', at: at(6 + 23 * 3600), params: { trouble: 'not-accepted' } },
      after: { files: [{ id: othersFile, consent: { status: 'undelivered' } }] },
    })
  }],
  ['R28 no code is taken', 'a right code after its 48 hours', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'fileAuthorised').at = at(7 + twoDays)
  }],
  ['R28 no code is taken', 'a code that had been voided', ({ tables }) => {
    Object.assign(consentIn(tables.audit, 'codeWrong'), { status: 'voided', expiresAt: null })
  }],
  ['R29 what has expired', 'a code that is past and still sent', (evidence) => {
    const { backups, data_files: files } = evidence.tables
    Object.assign(first(backups), { stage: 'draft' })
    found(files, ({ id }) => id === othersFile).status = 'pending'
    evidence.gatheredAt = ms(6 + twoDays + 300)
  }],
  ['R20, R28 no account', '21 look-ups in vain', (evidence) => {
    for (let i = 0; i < 21; i++) addAudit(evidence, 'codeWrong', { action: 'lookUpRefused', at: at(i * 60) })
  }],
  ['R20, R28 no account', '51 wrong codes within 23 hours', (evidence) => {
    for (let i = 0; i < 51; i++) addAudit(evidence, 'codeWrong', { at: at(i * 1600) })
  }],
  ['R20, R28 no account', '11 mails to one person', (evidence) => {
    for (let i = 0; i < 11; i++) addAudit(evidence, 'codeRequested', { at: at(i * 300) })
  }],
  ['R6 an ended session', 'a cookie that goes on', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, '/backups?page=1'), tab: strayTab })
  }],
  ['R6 who is disabled', 'a look while disabled', (evidence) => {
    evidence.disabled.push({ who: 'jia', from: ms(5), to: ms(20) })
  }],
  ['R51', 'a draft in another unit than its project', ({ tables }) => {
    found(tables.backups, ({ id }) => id === draft).unit_id = 'unit-2'
  }],
  ['R51', 'a draft by who has moved away', (evidence) => {
    const moved = { params: { accountId: account }, after: { unitId: 'unit-2' }, action: 'accountChanged' }
    Object.assign(found(evidence.tables.audit, ({ action }) => action === 'projectCreated'), moved)
    for (const row of evidence.tables.audit.slice(3)) row.recorded_at = at(60)
  }],
  ['R8, R23', 'a name in other letters', ({ tables }) => {
    tables.projects.push({ ...first(tables.projects), id: 'project-2', name: ' 项目' })
  }],
  ['R8, R23', 'a data set in another version', ({ tables }) => {
    tables.data_files.push({ ...first(tables.data_files), id: fileId(3), accession: 'hra000567.2' })
  }],
  ['R58 an edit', 'what another tab wrote is lost', (evidence) => edited(evidence).body = { name: '新名称', base: { name: '更早的' } }],
  ['R58 an edit', 'an amount that another tab wrote is lost', (evidence) => {
    const amended = found(evidence.journal, ({ method, path }) => method === 'PATCH' && path.endsWith(ownFile))
    amended.body = { ...amended.body, base: { sampleCount: 51, mbPerSample: '2.000' } }
  }],
  ['R58 a conflict', 'a conflict with nobody', (evidence) => {
    const entry = { status: 409, answer: { code: 'VERSION_CONFLICT' }, body: { name: '别的', base: { name: '从未' } } }
    evidence.journal.push({ ...edited(evidence), ...entry, key: 'conflict' })
  }],
  ['R21, R25', 'what was corrected is still there', (evidence) => {
    const row = found(evidence.tables.audit, ({ file_id }) => file_id === ownFile)
    Object.assign((row.after?.['files'] as Json[])[0] ?? {}, { status: 'mismatch' })
    const link = found(evidence.journal, ({ path, answer }) => path.endsWith('/files') && answer?.['id'] === othersFile)
    link.body = { ...link.body, replaces: ownFile }
  }],
  ['R57 who signed in', 'a sign-in without a row', ({ tables }) => void tables.audit.shift()],
  ['R57 the audit, retold', 'a change without a row', ({ tables }) => {
    first(tables.data_files).sample_count = 61
  }],
  ['R57 the audit, retold', 'a row that begins elsewhere', ({ tables }) => {
    found(tables.audit, (row) => row.action === 'backupEdited').before = { name: '别的' }
  }],
  ['the same key and body', 'another number under the same key', (evidence) => {
    const submitted = answerOf(evidence, '/submission')
    evidence.journal.push({ ...submitted, at: ms(20), ended: ms(21), answer: { number: 'BF2026112200002', issuedAt: at(9) } }) // prettier-ignore
  }],
  ['the same key and body', 'accepted, then refused', (evidence) => {
    const added = answerOf(evidence, '/files', 201)
    evidence.journal.push({ ...added, at: ms(20), ended: ms(21), status: 409, answer: { code: 'ACCESSION_DUPLICATE' } }) // prettier-ignore
  }],
  ['no refusal of what is stored', 'refused although it is stored as accepted', (evidence) => {
    const edited = found(evidence.journal, ({ method, path }) => method === 'PATCH' && path.endsWith(backup))
    const key = createHash('sha256').update(`${account}|PATCH /api/v1${edited.path}|${edited.key}`).digest('hex')
    evidence.tables.commands.push({ key, account_id: account, answer: { ok: true }, at: at(2) })
    Object.assign(edited, { status: 409, answer: { code: 'VERSION_CONFLICT' } })
  }],
  ['a key stands for one body', 'two bodies under one key', (evidence) => {
    const added = answerOf(evidence, '/files', 201)
    evidence.journal.push({ ...added, body: { accession: 'HRA000999' } })
  }],
  ['what was read once', 'an older version read later', (evidence) => {
    const last = answerOf(evidence, '/backups?page=1')
    const items = [{ id: backup, reference: 'AAAA-0001', version: 3, number }]
    evidence.journal.push({ ...last, path: `/projects/${project}/backups?page=1`, at: ms(30), ended: ms(31), answer: { items } }) // prettier-ignore
  }],
  ['no fault of ours', 'a 500', (evidence) => {
    evidence.journal.push({ ...first(evidence.journal), key: 'other', status: 500, answer: { code: 'INTERNAL' } })
  }],
  ['no fault of ours', 'an answer that is not JSON', (evidence) => {
    evidence.journal.push({ ...first(evidence.journal), key: 'other', status: 503, answer: null })
  }],
  ['a fault signs no person out', 'a 401', (evidence) => {
    evidence.journal.push({ ...first(evidence.journal), key: 'other', status: 401, answer: {} })
  }],
  ['R56', 'another person is let in', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, '/snapshot'), who: 'yi' })
  }],
  ['R56', 'another person learns that it is there', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, '/snapshot'), who: 'yi', status: 403, answer: {} })
  }],
  ['R56', 'another person sees it in a list', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, '/backups?page=1'), who: 'yi', tab: 0 })
  }],
  ['R56', 'a list without an own thing', (evidence) => {
    for (const entry of evidence.journal) if (entry.path.includes('/backups?')) entry.answer = { items: [] }
  }],
  ['R21, R37, R54', 'work that is still owed', ({ tables }) => {
    tables.owed.push({ key: 'sync/1', subject_id: backup, tries: 3, cause: null })
  }],
  ['R21, R37, R54', 'a draft without a workflow', ({ workflows }) => void workflows.pop()],
  ['R21, R37, R54', 'a failed workflow', ({ workflows }) => {
    workflows.push({ workflowId: 'backup-AAAA-0001', runId: 'r3', status: 'FAILED', attempt: 0 })
  }],
  ['R21, R37, R54', 'a task that fails for ever', ({ workflows }) => {
    first(workflows).attempt = 7
  }],
  ['R21, R37, R54', 'a last command that is not decided', (evidence) => {
    evidence.journal.push({ ...first(evidence.journal), key: 'last', tab: lastLook, status: 202, answer: {} })
  }],
  ['R21, R37, R54', 'no rest', (evidence) => {
    evidence.settledMs = null
  }],
  ['every history replays', 'a history that does not', ({ replayFailures }) => {
    replayFailures.push({ workflowId: 'backup-AAAA-0001', error: 'DeterminismViolationError', events: [], history: '' })
  }],
  ['R31', 'a code in a log', ({ publicTexts }) => {
    publicTexts.push({ where: 'logs/worker.log', text: '{"typed":"482915"}' })
  }],
  ['R31', 'a code in a table', ({ databaseTexts }) => {
    databaseTexts.push({ where: 'commands.answer', text: '{"code": 482915}' })
  }],
  ['R31', 'a code in an answer', (evidence) => {
    answerOf(evidence, '/code', 201).answer = { hint: 'code 482915' }
  }],
  ['R59', 'a name in a log', ({ publicTexts }) => {
    publicTexts.push({ where: 'logs/api.log', text: 'hello 欧阳试错' })
  }],
  ['R59', 'an address in a history, in other letters', ({ publicTexts }) => {
    publicTexts.push({ where: 'history of backup-AAAA-0001', text: 'D@Depot.cn' })
  }],
  ['R59', 'a phone in an answer', (evidence) => {
    answerOf(evidence, '/submission').answer = { number, phone: '13977770001' }
  }],
  ['R59', 'another person in an answer', (evidence) => {
    answerOf(evidence, '/snapshot').answer = { number, sha256: 'x', custodianName: '上官试错' }
  }],
  ['R59', 'an address in a URL', (evidence) => {
    evidence.journal.push({ ...answerOf(evidence, '/backups?page=1'), path: '/backups?q=d%40depot.cn' })
  }],
] // prettier-ignore

describe('the checker', () => {
  it('finds nothing in a sound life', () => {
    expect(check(soundLife())).toEqual([])
  })

  it.each(plants)('%s: sees %s', (rule, _, plant) => {
    const evidence = soundLife()
    plant(evidence)
    expect(check(evidence).map((violation) => violation.rule)).toContainEqual(
      expect.stringMatching(`^${rule}`),
    )
  })

  it.each<[string, (evidence: Evidence) => void]>([
    ['a copy of a mail whose acceptance was never heard of', ({ inbox, happened }) => {
      inbox.push(mail(1, '482915', 7))
      happened.push(fault('mail', 1, { mode: 'wrong' }))
    }],
    ['a copy of a mail after a kill of its worker', ({ inbox, happened }) => {
      inbox.push(mail(1, '482915', 9))
      happened.push(kill('worker2', 7))
    }],
    ['two copies after two kills', ({ inbox, happened }) => {
      inbox.push(mail(1, '482915', 7), mail(1, '482915', 9))
      happened.push(kill('worker', 6), kill('postgres', 8))
    }],
    ['a version told again after nonsense', ({ received, happened }) => {
      received.push({ ...first(received), at: at(10) })
      happened.push(fault('report', 1, { mode: 'wrong' }))
    }],
    ['a check that was asked again after an outage', ({ lookups }) => {
      lookups.unshift(...[1, 2, 4].map((second) => lookup('GVM000004', second, { mode: 'down', answer: null })))
    }],
    ['a repository that was left alone for long enough', ({ lookups, happened }) => {
      lookups.unshift(lookup('GVM000004', 0, { mode: 'error', answer: null }))
      happened.push(fault('GVM', -2, { mode: 'error', status: 503, retryAfter: 5 }))
    }],
    ['a code that expires at its time', (evidence) => expired(evidence, 6 + twoDays)],
    ['20 look-ups in vain, and one more on the next day', (evidence) => {
      for (let i = 0; i < 20; i++) addAudit(evidence, 'codeWrong', { action: 'lookUpRefused', at: at(i * 60) })
      addAudit(evidence, 'codeWrong', { action: 'lookUpRefused', at: at(24 * 3600) })
    }],
    ['an ended session’s cookie, refused', (evidence) => {
      evidence.journal.push({ ...answerOf(evidence, '/backups?page=1'), tab: strayTab, status: 401, answer: {} })
    }],
    ['a person who is signed out', (evidence) => {
      evidence.journal.push({ ...answerOf(evidence, '/backups?page=1'), status: 401, answer: {} })
      evidence.absences.push({ who: 'jia', from: ms(11), to: ms(13) })
    }],
    ['a code 301 s after the other, by the backup’s own clock', ({ inbox, happened }) => {
      inbox.push(mail(2, '482916', 8))
      happened.push({ at: ms(7), done: ms(7), reference: 'AAAA-0001', seconds: 301 })
    }],
    ['an edit over what its form showed', (evidence) => {
      edited(evidence).body = { name: '新名称', base: { name: '名称' } }
    }],
    ['a state that went back, and the audit says why', (evidence) => {
      const look = found(evidence.journal, ({ method, path }) => method === 'GET' && path.endsWith(othersFile))
      evidence.journal.push({ ...look, at: ms(30), ended: ms(31) })
      const row = found(evidence.tables.audit, ({ action }) => action === 'fileAuthorised')
      row.at = at(30)
      Object.assign(row, { after: { files: [{ id: othersFile, status: 'pending' }] } })
    }],
  ])('lets pass: %s', (_, plant) => {
    const evidence = soundLife()
    plant(evidence)
    const own = /^(R27 (a code|each)|R27, R28 codes|R37 a version is told|R20 a repository|R20, R28|R21 a file|R6 |a fault|R58)/
    expect(check(evidence).filter(({ rule }) => own.test(rule))).toEqual([])
  }) // prettier-ignore

  it.each<[string, (evidence: Evidence) => void]>([
    ['requests:', ({ journal }) => void journal.splice(99)],
    ['numbers:', ({ tables }) => void tables.numbers.splice(1)],
    ['codes entered:', ({ tables }) => tables.audit.forEach((row) => (row.action = row.action.replace('fileAuthorised', 'x')))],
    ['looks after writes:', ({ journal }) => journal.forEach((entry) => (entry.path = entry.method === 'GET' ? '/session' : entry.path))],
    ['requests answered:', ({ journal }) => journal.slice(0, 250).forEach((entry) => (entry.status = null))],
    ['POST /backups/*/submission:', ({ journal }) => journal.forEach((entry) => (entry.status = entry.path.endsWith('/submission') ? 202 : entry.status))],
    ['codes expired:', ({ scale }) => void (scale.minutes = 10.1)],
    ['mails given up:', ({ scale }) => void (scale.minutes = 10.1)],
    ['processes begun anew:', ({ scale }) => void (scale.minutes = 10.1)],
    ['requests decided:', ({ journal }) => journal.slice(0, 330).forEach((entry) => (entry.status = 503))],
  ])('has a floor for %s', (what, plant) => {
    const evidence = soundLife()
    evidence.scale = { minutes: 3.5, people: 2 }
    evidence.journal = Array.from({ length: 20 }, (_, i) =>
      evidence.journal.map((entry) => ({ ...entry, key: entry.key && `${entry.key}-${i}` })),
    ).flat()
    evidence.tables.numbers.push(first(evidence.tables.numbers))
    const shortOf = () =>
      check(evidence).flatMap(({ rule, text }) => (rule.startsWith('enough') ? [text.split(' ')[0]] : []))
    expect(shortOf()).toEqual([])
    plant(evidence)
    expect(shortOf()).toContain(what.split(' ')[0])
  }) // prettier-ignore

  it('has a plant for every rule', () => {
    const without = Object.keys(rules).filter((name) => !plants.some(([rule]) => name.startsWith(rule)))
    expect(without).toEqual([])
  })
})
