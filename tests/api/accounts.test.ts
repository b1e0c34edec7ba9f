/** The provider's list of accounts, read from the real stand-in (R6). */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBackup, editBackup } from '../../api/contracts/backups.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { getSession } from '../../api/contracts/session.ts'
import { readWorkerConfig } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { pollAccounts, startAccounts } from '../../worker/accounts.ts'
import { until } from '../support/stage.ts'
import { Browser } from '../support/browser.ts'
import { type ApiStage, done, newProject, startApi } from './stage.ts'

let stage: ApiStage
beforeAll(async () => {
  stage = await startApi()
})
afterAll(() => stage.close())
afterEach(async () => {
  stage.accounts.change('yi', { active: true, role: 'researcher', unitAuthorised: true })
  await poll()
})

const log = createLog('silent', 'worker')
const options = () => ({
  ...{ db: stage.db, log, provider: stage.apiConfig.OIDC_PROVIDER },
  ...{ url: stage.issuer, token: stage.identityToken },
})
const poll = () => pollAccounts(options())
const asOf = async () =>
  (await stage.owner.selectFrom('accountPolls').select('asOf').executeTakeFirst())?.asOf.getTime() ?? 0

describe('R6 the list of accounts is polled', () => {
  test('a disabled account loses its sessions without a word from the provider, and signs in when it may', async () => {
    const yi = await stage.signIn('yi')
    expect(await poll()).toBe(true)
    expect((await yi.call(getSession, {})).status).toBe(200)
    stage.accounts.change('yi', { active: false })
    expect(await poll()).toBe(true)
    expect((await yi.call(getSession, {})).status).toBe(401)
    const row = await stage.owner
      .selectFrom('accounts')
      .select('active')
      .where('email', '=', stage.accounts.all().find(({ login }) => login === 'yi')?.email ?? '')
      .executeTakeFirst()
    expect(row).toEqual({ active: false })
    // Active again at the provider, but its list has not said so yet.
    stage.accounts.change('yi', { active: true })
    const browser = new Browser(stage.app, stage.publicUrl)
    expect(await browser.signIn('yi', 'hgrip')).toBe('/?signin=disabled')
    expect(await poll()).toBe(true)
    expect(await new Browser(stage.app, stage.publicUrl).signIn('yi', 'hgrip')).toBe('/projects')
  })

  test('a lost authorisation is true at once, a new role ends the session', async () => {
    const yi = await stage.signIn('yi')
    stage.accounts.change('yi', { unitAuthorised: false })
    await poll()
    const refused = await yi.call(createProject, { body: newProject() })
    expect(refused).toMatchObject({ status: 403, problem: { code: 'UNIT_NOT_AUTHORISED' } })
    stage.accounts.change('yi', { role: 'unit_admin' })
    await poll()
    expect((await yi.call(getSession, {})).status).toBe(401)
    const after = await stage.signIn('yi')
    expect((await after.call(listProjects, {})).status).toBe(404)
  })

  test('each poll asks from where the last one ended', async () => {
    await poll()
    const first = await asOf()
    expect(Math.abs(Date.now() - first)).toBeLessThan(10_000)
    const jia = await stage.signIn('jia')
    await poll()
    expect(await asOf()).toBeGreaterThan(first)
    expect((await done(jia, getSession, {})).account.name).toBe('示例甲')
  })
})

describe('R51 who has left a unit adds nothing in its name', () => {
  test('no new draft in its project; a draft that is there goes on, also a repeated request for one', async () => {
    const ding = await stage.signIn('ding')
    const project = await done(ding, createProject, { body: newProject() })
    const args = {
      params: { projectId: project.id },
      idempotencyKey: randomUUID(),
      body: { name: '示例备份', contentTypes: ['wgs' as const] },
    }
    const draft = await done(ding, createBackup, args)
    const home = stage.accounts.all().find(({ login }) => login === 'ding')?.unitId ?? ''
    stage.accounts.change('ding', { unitId: 'unit-3' })
    try {
      const moved = await stage.signIn('ding')
      const another = { ...args, idempotencyKey: randomUUID() }
      expect(await moved.call(createBackup, another)).toMatchObject({
        status: 409,
        problem: { code: 'UNIT_LEFT', params: { unit: project.unit.name } },
      })
      expect(await done(moved, createBackup, args)).toMatchObject({ id: draft.id })
      const edit = { params: { backupId: draft.id }, body: { name: '改名', contentTypes: ['wgs' as const] } }
      expect(await done(moved, editBackup, edit)).toMatchObject({ name: '改名' })
      const own = await done(moved, createProject, { body: newProject() })
      expect((await moved.call(createBackup, { ...another, params: { projectId: own.id } })).status).toBe(201)
    } finally {
      stage.accounts.change('ding', { unitId: home })
      await poll()
    }
  })
})

describe('a provider that does not answer as it should', () => {
  const provider = async (answer: () => { status?: number; body: unknown }) => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      const { status = 200, body } = answer()
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return { asked, url: `http://127.0.0.1:${port}`, close: () => server.close() }
  }

  test('is asked again, and nothing is thrown', async () => {
    const before = await asOf()
    expect(await pollAccounts({ ...options(), url: 'http://127.0.0.1:9' })).toBe(false)
    expect(await pollAccounts({ ...options(), token: 'wrong' })).toBe(false)
    let body: unknown = 'nonsense'
    const strange = await provider(() => ({ body }))
    expect(await pollAccounts({ ...options(), url: strange.url })).toBe(false)
    // One strange entry holds up no other, but the list is asked for again until it is understood.
    const yi = await stage.signIn('yi')
    const { subject } = await stage.owner
      .selectFrom('accounts')
      .select('subject')
      .where('name', '=', (await done(yi, getSession, {})).account.name)
      .executeTakeFirstOrThrow()
    const list = [
      { sub: 'x', active: true, role: 'emperor' },
      { sub: 'x\u0000', active: false },
      null,
      { sub: subject, active: false },
    ]
    body = { asOf: new Date().toISOString(), accounts: list }
    expect(await pollAccounts({ ...options(), url: strange.url })).toBe(false)
    expect((await yi.call(getSession, {})).status).toBe(401)
    expect(await asOf()).toBe(before)
    body = { asOf: new Date().toISOString(), accounts: list.slice(3) }
    expect(await pollAccounts({ ...options(), url: `${strange.url}/` })).toBe(true)
    expect(strange.asked.at(-1)).toBe(
      `/accounts?changedSince=${encodeURIComponent(new Date(before).toISOString())}`,
    )
    strange.close()
    // The real one says otherwise only when it is asked for everything again.
    await stage.owner.deleteFrom('accountPolls').execute()
  })

  test('an entry that no database takes is cleaned, and stops no other', async () => {
    const [jia, yi] = [await stage.signIn('jia'), await stage.signIn('yi')]
    const subjectOf = (login: string) => stage.accounts.all().find((each) => each.login === login)?.sub ?? ''
    const entry = (sub: string, name: string) => ({
      ...{
        sub,
        name,
        phone_number: null,
        email: null,
        active: true,
        role: 'researcher',
        unit_authorised: true,
      },
      unit: { id: 'unit-1', name: '示例单位' },
    })
    const accounts = [entry(subjectOf('jia'), '示例\u0000甲\ud800'), entry(subjectOf('yi'), '新的名字')]
    const odd = await provider(() => ({ body: { asOf: new Date().toISOString(), accounts } }))
    expect(await pollAccounts({ ...options(), url: odd.url })).toBe(true)
    expect((await done(jia, getSession, {})).account.name).toBe('示例 甲')
    expect((await done(yi, getSession, {})).account.name).toBe('新的名字')
    odd.close()
    await stage.owner.deleteFrom('accountPolls').execute()
    await poll()
  })

  test('the loop goes on through failures, and stops at once', async () => {
    let isUp = false
    const shaky = await provider(() =>
      isUp ? { body: { asOf: new Date().toISOString(), accounts: [] } } : { status: 500, body: {} },
    )
    await stage.owner.deleteFrom('accountPolls').execute()
    const polling = startAccounts({ ...options(), url: shaky.url }, 20)
    await until('it was asked', () => Promise.resolve(shaky.asked.length > 2))
    expect(await asOf()).toBe(0)
    isUp = true
    await until('it is written', async () => (await asOf()) > 0)
    await polling.stop()
    const { length } = shaky.asked
    const slow = startAccounts({ ...options(), url: shaky.url }, 3_600_000)
    await until('it was asked once more', () => Promise.resolve(shaky.asked.length > length))
    await slow.stop()
    shaky.close()
    await stage.owner.deleteFrom('accountPolls').execute()
  })
})

test('without an address the worker does not poll', () => {
  const { IDENTITY_URL, IDENTITY_TOKEN, ACCOUNTS_POLL_SECONDS } = readWorkerConfig({
    ...Object.fromEntries(Object.entries(stage.config).map(([name, value]) => [name, String(value)])),
  })
  expect([IDENTITY_URL, IDENTITY_TOKEN, ACCOUNTS_POLL_SECONDS]).toEqual([undefined, undefined, 60])
})
