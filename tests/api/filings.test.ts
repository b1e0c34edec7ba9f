/** R38: filing numbers of the report system. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as backups from '../../api/contracts/backups.ts'
import * as files from '../../api/contracts/files.ts'
import * as managed from '../../api/contracts/managed.ts'
import * as numbers from '../../api/contracts/numbers.ts'
import * as projects from '../../api/contracts/projects.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
let issued: { id: string; number: string }[]

const own = {
  dataType: 1,
  sampleCount: 1,
  mbPerSample: 1,
  depositorEmail: 'a@example.cn',
  accession: 'HRA000567',
}
async function issue(): Promise<{ id: string; number: string }> {
  const { id: projectId } = await done(jia, projects.createProject, { body: newProject() })
  const body = { name: '示例备份', contentTypes: ['wgs'] }
  const { id } = await done(jia, backups.createBackup, { params: { projectId }, body })
  const params = { backupId: id }
  await done(jia, files.linkFile, { params, body: { ...own, confirmDuplicate: true } })
  await done(jia, numbers.submitBackup, { params })
  return { id, number: (await done(jia, backups.getBackup, { params })).number ?? '' }
}

beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
  issued = [await issue(), await issue()]
})
afterAll(() => stage.close())

const filedAt = '2026-11-29T08:00:00+08:00'
async function deliver(body: object, token: string | null = stage.filingsToken) {
  const response = await stage.stranger().request('/api/v1/filings', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const shown = async (id: string) => done(jia, backups.getBackup, { params: { backupId: id } })
const facts = async (id: string): Promise<unknown[]> =>
  (await shown(id)).timeline
    .filter(({ action }) => action === 'filed')
    .map(({ params }) => params['filingNumber'])

it('covers several backups, is recorded once, and is shown to those who may see the backup', async () => {
  const [one, two] = issued.map(({ number }) => number)
  const filing = {
    filingNumber: '示例备案号 01',
    numbers: [one?.toLowerCase(), two, 'BF2026010100001'],
    filedAt,
  }
  const told = { status: 200, body: { recorded: [one, two], unknown: ['BF2026010100001'] } }
  expect(await deliver(filing)).toEqual(told)
  expect(await deliver(filing)).toEqual(told)
  for (const { id } of issued) {
    expect((await shown(id)).filingNumbers).toEqual(['示例备案号 01'])
    expect(await facts(id)).toEqual(['示例备案号 01'])
  }
  const admin = await stage.signIn('unit-admin')
  const query = { filingNumber: '示例备案号 ０１' }
  expect(await done(admin, managed.listManagedBackups, { query })).toMatchObject({ total: 2 })
})

it('a backup has several, in the order in which they came; a later delivery adds a number', async () => {
  const [one, two] = issued
  expect(await deliver({ filingNumber: '02', numbers: [one?.number], filedAt })).toMatchObject({
    status: 200,
  })
  expect(await deliver({ filingNumber: '02', numbers: [one?.number, two?.number], filedAt })).toMatchObject({
    body: { recorded: [one?.number, two?.number] },
  })
  expect((await shown(two?.id ?? '')).filingNumbers).toEqual(['示例备案号 01', '02'])
  expect(await facts(one?.id ?? '')).toEqual(['02', '示例备案号 01'])
})

it('many deliveries at once record each pair once', async () => {
  const all = issued.map(({ number }) => number)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => deliver({ filingNumber: `03-${n % 3}`, numbers: all, filedAt })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  for (const { id } of issued)
    expect((await facts(id)).filter((number) => String(number).startsWith('03')).sort()).toEqual([
      '03-0',
      '03-1',
      '03-2',
    ])
})

it('is refused whole: another date, only unknown numbers, a wrong body, a wrong token', async () => {
  const [one] = issued
  const number = one?.number
  const later = '2026-11-30T00:00:00Z'
  expect(await deliver({ filingNumber: '02', numbers: [number], filedAt: later })).toMatchObject({
    status: 409,
    body: { code: 'FILED_OTHERWISE', params: { filedAt: '2026-11-29T00:00:00.000Z' } },
  })
  expect(await deliver({ filingNumber: '04', numbers: ['BF2026010100001'], filedAt })).toMatchObject({
    status: 422,
    body: { code: 'NUMBERS_UNKNOWN', params: { numbers: ['BF2026010100001'] } },
  })
  for (const [body, path] of [
    [{ filingNumber: '', numbers: [number], filedAt }, 'filingNumber'],
    [{ filingNumber: '05', numbers: [], filedAt }, 'numbers'],
    [{ filingNumber: '05', numbers: [number], filedAt: 'yesterday' }, 'filedAt'],
  ] as const)
    expect(await deliver(body)).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  for (const token of [null, 'x', `${stage.filingsToken}x`])
    expect(await deliver({ filingNumber: '06', numbers: [number], filedAt }, token)).toMatchObject({
      status: 401,
    })
  expect((await shown(one?.id ?? '')).filingNumbers).not.toContain('06')
})
