import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { repositories } from '../../domain/catalogue.ts'
import { type Fault, openFaults, type Target } from '../../local/stand-ins/faults.ts'
import { openInbox } from '../../local/stand-ins/inbox.ts'
import { type ReportSystem, startReportSystem } from '../../local/stand-ins/report-system.ts'
import { type Repositories, startRepositories } from '../../local/stand-ins/repositories.ts'
import { startSms } from '../../local/stand-ins/sms.ts'
import { openWorld } from '../../local/world.ts'
import { folderForTest } from './folder.ts'

const TOKEN = 'a token'
const QUESTION = { repository: 'GSA-Human', accession: 'HRA000567', account: 'a@example.cn' }

async function startThem(folder = folderForTest()) {
  const faults = openFaults(join(folder, 'faults.json'))
  const inbox = openInbox(join(folder, 'inbox.jsonl'))
  const shared = { port: 0, token: TOKEN, faults }
  const repositories = await startRepositories({
    ...shared,
    world: openWorld(),
    journal: join(folder, 'lookups.jsonl'),
  })
  const report = await startReportSystem({
    ...shared,
    folder,
    filingsUrl: 'http://127.0.0.1:9',
    filingsToken: TOKEN,
  })
  const sms = await startSms({ ...shared, inbox })
  const servers = [repositories, report, sms]
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()))
    inbox.close()
  })
  const fault = (target: Target, value: Fault) => faults.set([target], value)
  return { folder, faults, fault, inbox, repositories, report, sms }
}

function send(method: string, port: number, path: string, body: unknown, token = TOKEN): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const ask = (to: Repositories, question: object = QUESTION) => send('POST', to.port, '/lookup', question)
const answerOf = async (response: Response) => ((await response.json()) as { answer: string }).answer

describe('repositories', () => {
  test.each([
    ['the owner', QUESTION, 'match'],
    ['the owner in other letters', { ...QUESTION, account: 'A@Example.CN', accession: 'hra000567' }, 'match'],
    ['another person', { ...QUESTION, account: 'b@example.cn' }, 'mismatch'],
    ['an unknown data set', { ...QUESTION, accession: 'HRA999999' }, 'mismatch'],
    ['a data set of another repository', { ...QUESTION, repository: 'OMIX' }, 'mismatch'],
    [
      'a version left out',
      { repository: 'GWH', accession: 'GWHAAAA00000001', account: 'a@example.cn' },
      'match',
    ],
    [
      'a version added',
      { repository: 'GWH', accession: 'GWHAAAA00000002.3', account: 'a@example.cn' },
      'match',
    ],
    [
      'another version',
      { repository: 'GWH', accession: 'GWHAAAA00000001.2', account: 'a@example.cn' },
      'mismatch',
    ],
  ])('%s', async (_, question, answer) => {
    const { repositories } = await startThem()
    expect(await answerOf(await ask(repositories, question))).toBe(answer)
    expect(repositories.lookups.entries).toMatchObject([{ ...question, answer }])
  })

  test('a wrong token and a malformed question are refused', async () => {
    const { repositories } = await startThem()
    expect((await send('POST', repositories.port, '/lookup', QUESTION, 'another')).status).toBe(401)
    expect((await ask(repositories, { accession: 1 })).status).toBe(400)
  })

  test('down: the connection is closed without an answer, and counted', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'down' })
    await expect(ask(repositories)).rejects.toThrow()
    expect(repositories.lookups.entries).toMatchObject([{ mode: 'down', answer: null }])
  })

  test('error: 500, or the wanted status with Retry-After', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'error' })
    expect((await ask(repositories)).status).toBe(500)
    fault('GSA-Human', { mode: 'error', status: 429, retryAfter: 7 })
    const response = await ask(repositories)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
  })

  test('slow: the right answer after the wanted time', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'slow', ms: 300 })
    const since = performance.now()
    expect(await answerOf(await ask(repositories))).toBe('match')
    expect(performance.now() - since).toBeGreaterThanOrEqual(299)
  })

  test('flapping: every second question is answered', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'flapping' })
    await expect(ask(repositories)).rejects.toThrow()
    expect(await answerOf(await ask(repositories))).toBe('match')
    await expect(ask(repositories)).rejects.toThrow()
  })

  test('wrong: never anything that could be taken for an answer', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'wrong' })
    for (let i = 0; i < 10; i += 1) {
      const text = await (await ask(repositories)).text()
      expect(text).not.toMatch(/"answer":"(match|mismatch)"/)
    }
  })

  test('error with 3xx: leads to a server that says mismatch', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'error', status: 307 })
    const answer = await ask(repositories)
    expect(answer.redirected).toBe(true)
    expect(await answerOf(answer)).toBe('mismatch')
  })

  test('wrong: just this body; an answer about something else; an answer that is cut', async () => {
    const { repositories, fault } = await startThem()
    fault('GSA-Human', { mode: 'wrong', body: '[]' })
    expect(await (await ask(repositories)).text()).toBe('[]')
    fault('GSA-Human', { mode: 'wrong', about: { accession: 'HRA000568' } })
    expect(await (await ask(repositories)).json()).toEqual({ answer: 'match', accession: 'HRA000568' })
    fault('GSA-Human', { mode: 'wrong', body: '{"answer":"mismatch"}', cut: true })
    const cut = await ask(repositories)
    expect(cut.status).toBe(200)
    await expect(cut.text()).rejects.toThrow()
    expect(repositories.lookups.entries.map(({ answer }) => answer)).toEqual([null, null, null])
  })

  test('a fault of one repository or one accession leaves the others alone', async () => {
    const { repositories, fault } = await startThem()
    fault('OMIX', { mode: 'error' })
    fault('GSA-Human', { mode: 'error', only: 'hra000568' })
    expect(await answerOf(await ask(repositories))).toBe('match')
    expect((await ask(repositories, { ...QUESTION, accession: 'HRA000568' })).status).toBe(500)
  })
})

test('faults and records outlive a restart', async () => {
  const { folder, fault, repositories } = await startThem()
  await ask(repositories)
  fault('GSA-Human', { mode: 'error' })
  const again = await startThem(folder)
  expect(again.repositories.lookups.entries).toHaveLength(1)
  expect((await ask(again.repositories)).status).toBe(500)
})

test('a connection that sends nothing does not hold up the end of a stand-in', async () => {
  const folder = folderForTest()
  const inbox = openInbox(join(folder, 'inbox.jsonl'))
  onTestFinished(() => inbox.close())
  const faults = openFaults(join(folder, 'faults.json'))
  const standIn = await startSms({ port: 0, token: TOKEN, faults, inbox })
  const socket = connect(standIn.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await standIn.close()
  await closed
})

describe('report system', () => {
  const BACKUP = {
    version: 1,
    name: '示例备份',
    unit: { id: 'unit-1' },
    custodian: { name: '示例甲' },
    files: 2,
    sizeMb: '12.500',
  }
  const NUMBER = 'BF2026112200001'
  const put = (to: ReportSystem, body: object, number = NUMBER) =>
    send('PUT', to.port, `/backups/${number}`, body)

  test('keeps every version that arrives and answers with it', async () => {
    const { report } = await startThem()
    expect(await (await put(report, BACKUP)).json()).toEqual({ version: 1 })
    expect(await (await put(report, { ...BACKUP, version: 2, files: 3 })).json()).toEqual({ version: 2 })
    expect(await (await put(report, BACKUP)).json()).toEqual({ version: 1 })
    const [backup, ...others] = report.backups()
    expect(others).toEqual([])
    expect(backup).toMatchObject({ number: NUMBER, version: 2, files: 3, filings: [] })
    expect(backup?.versions.map(({ version }) => version)).toEqual([1, 2, 1])
  })

  test('a failing one keeps nothing', async () => {
    const { report, fault } = await startThem()
    fault('report', { mode: 'down' })
    await expect(put(report, BACKUP)).rejects.toThrow()
    fault('report', { mode: 'error', status: 503 })
    expect((await put(report, BACKUP)).status).toBe(503)
    expect(report.backups()).toEqual([])
  })

  test('wrong: it is kept, but the answer does not say so', async () => {
    const { report, fault } = await startThem()
    fault('report', { mode: 'wrong', only: NUMBER })
    expect(await (await put(report, BACKUP)).text()).not.toBe('{"version":1}')
    expect(report.backups()).toMatchObject([{ number: NUMBER, version: 1 }])
    expect((await put(report, BACKUP, 'BF2026112200002')).status).toBe(200)
  })

  test('error with 3xx: leads to a server that acknowledges everything, and nothing is kept', async () => {
    const { report, fault } = await startThem()
    fault('report', { mode: 'error', status: 307 })
    expect(await (await put(report, BACKUP)).json()).toEqual({ version: 999_999 })
    expect(report.backups()).toEqual([])
  })

  test('a filing that does not reach the product says so and is kept', async () => {
    const { report } = await startThem()
    await put(report, BACKUP)
    expect(await report.file('BA-1', [NUMBER])).toMatchObject({ status: 0 })
    expect(report.backups()).toMatchObject([{ filings: ['BA-1'] }])
  })
})

test('SMS arrive in the inbox, newest first', async () => {
  const { sms, inbox, fault } = await startThem()
  const text = (to: string) =>
    send('POST', sms.port, '/messages', { to, template: 'claim-code', params: { code: '123456' } })
  expect((await text('13800000001')).status).toBe(202)
  fault('sms', { mode: 'error', only: '13800000002' })
  expect((await text('13800000002')).status).toBe(500)
  expect((await text('13800000003')).status).toBe(202)
  expect(inbox.newestFirst().map(({ to }) => to)).toEqual(['13800000003', '13800000001'])
  expect(inbox.newestFirst()[0]).toMatchObject({ kind: 'sms', subject: 'claim-code', text: 'code: 123456' })
})

test('every repository has data sets of the lead and of another person', () => {
  const dataSets = openWorld().dataSets()
  for (const repository of repositories) {
    const owners = dataSets
      .filter((dataSet) => dataSet.repository === repository)
      .map(({ account }) => account)
    expect(owners).toContain('a@example.cn')
    expect(owners).toContain('b@example.cn')
  }
})
