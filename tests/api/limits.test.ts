import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../api/http/app.ts'
import { createProject } from '../../api/contracts/projects.ts'
import { Problem } from '../../api/contracts/contract.ts'
import { createWebServer, stopServer } from '../../api/http/server.ts'
import { Browser } from '../support/browser.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

const limits = {
  READS_PER_MINUTE: 6,
  WRITES_PER_MINUTE: 3,
  ANONYMOUS_PER_MINUTE: 4,
  SIGN_INS_PER_MINUTE: 2,
}
let stage: ApiStage
let app: ReturnType<typeof createApp>
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  app = createApp({ ...stage.deps, config: { ...stage.apiConfig, ...limits } })
  jia = await stage.signIn('jia')
  const left = 60_000 - (Date.now() % 60_000) // the window is the clock's minute
  if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left))
}, 90_000)
afterAll(() => stage.close())

const cookieOf = (person: Person) =>
  [...(person.browser.cookies.get(new URL(stage.publicUrl).host) ?? [])]
    .map((pair) => pair.join('='))
    .join('; ')
const statuses = (responses: Response[]) => responses.map(({ status }) => status).sort()
async function limited(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = Problem.parse(await response.json())
  expect(problem).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
  const time = Date.parse(String(problem.params['time']))
  expect(time).toBeGreaterThan(Date.now())
  const seconds = Number(response.headers.get('retry-after'))
  expect(seconds).toBeGreaterThanOrEqual(1)
  expect(Math.abs(Date.now() + seconds * 1000 - time)).toBeLessThan(2_000)
  return problem
}

describe('general limits, per minute', () => {
  test('reads and writes of an account, each with its time', async () => {
    const headers = { cookie: cookieOf(jia) }
    const read = async () => app.request('/api/v1/session', { headers })
    const reads = await Promise.all(Array.from({ length: 8 }, read))
    expect(statuses(reads)).toEqual([...Array<number>(6).fill(200), 429, 429])
    await limited(await read())
    const write = async () =>
      app.request('/api/v1/projects', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify(newProject()),
      })
    expect(statuses([await write(), await write(), await write(), await write()])).toEqual([
      201, 201, 201, 429,
    ])
    // Before every other refusal: a flood learns nothing more, and its body is not read.
    const wrong = { method: 'POST', headers: { ...headers, origin: 'https://evil.example' }, body: '{' }
    await limited(await app.request('/api/v1/projects', wrong))
    // Another account is not held up.
    const yi = await stage.signIn('yi')
    expect((await app.request('/api/v1/session', { headers: { cookie: cookieOf(yi) } })).status).toBe(200)
  })

  test('of an address without a session, also one with a false cookie', async () => {
    const ask = async (address: string) =>
      app.request(
        '/api/v1/session',
        { headers: { cookie: `__Host-sid-${new URL(stage.publicUrl).port}=false` } },
        { address },
      )
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('192.0.2.1')))
    expect(statuses(answers)).toEqual([401, 401, 401, 401, 429])
    await limited(await ask('192.0.2.1'))
    expect((await ask('192.0.2.2')).status).toBe(401)
    // One IPv6 customer has a whole /64.
    for (const last of [1, 2, 3, 4]) await ask(`2001:db8:1:2::${last}`)
    expect((await ask('2001:db8:1:2:ffff::1')).status).toBe(429)
    expect((await ask('2001:db8:1:3::1')).status).toBe(401)
  })

  test('sign-ins begun at an address: a person reads when, a program gets the problem', async () => {
    const begin = async (headers: Record<string, string> = {}, address = '198.51.100.1') =>
      app.request('/auth/login', { headers }, { address })
    expect(statuses([await begin(), await begin()])).toEqual([302, 302])
    const problem = await limited(await begin())
    const page = await begin({ accept: 'text/html,*/*' })
    expect(page.status).toBe(429)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
    const clock = new Date(String(problem.params['time'])).toLocaleTimeString('en-GB', {
      timeZone: 'Asia/Shanghai',
    })
    expect(await page.text()).toContain(`请在 ${clock}（北京时间）之后再试`)
    expect((await begin({}, '198.51.100.2')).status).toBe(302)
  })

  test('sign-ins that the provider leads back: who is told to wait can load the page again', async () => {
    const back = async (address: string, headers: Record<string, string> = {}) =>
      app.request('/auth/callback?code=c&state=s', { headers }, { address })
    for (const _ of [1, 2])
      expect((await back('198.51.100.7')).headers.get('location')).toBe('/?signin=cancelled')
    await limited(await back('198.51.100.7'))
    const page = await back('198.51.100.7', { accept: 'text/html' })
    expect(page.status).toBe(429)
    expect(await page.text()).toContain('之后再试')
    expect((await back('198.51.100.8')).status).toBe(303)

    const there = { address: '198.51.100.9' }
    const ding = new Browser({ request: (request) => app.fetch(request, there) }, stage.publicUrl)
    const isCallback = (url: URL) => url.pathname === '/auth/callback'
    const form = await ding.follow('/auth/login')
    const body = new URLSearchParams({ login: 'ding', password: 'hgrip' })
    const { url } = await ding.follow(form.url.href, { method: 'POST', body }, isCallback)
    await Promise.all([back(there.address), back(there.address)])
    expect((await ding.request(url.href)).status).toBe(429)
    await stage.owner.deleteFrom('rateLimits' as never).execute() // the minute is over
    expect((await ding.request(url.href)).headers.get('location')).toBe('/projects')
  })

  test('logouts of the provider, whose bodies are short', async () => {
    const logOut = async (address: string, body: string) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return app.request('/auth/backchannel-logout', { method: 'POST', headers, body }, { address })
    }
    const token = (length: number) => `logout_token=${'x'.repeat(length)}`
    expect((await logOut('203.0.113.1', token(16 * 1024))).status).toBe(413)
    expect((await logOut('203.0.113.1', token(15 * 1024))).status).toBe(400)
    for (const _ of [1, 2]) expect((await logOut('203.0.113.1', token(9))).status).toBe(400)
    await limited(await logOut('203.0.113.1', token(16 * 1024)))
    expect((await logOut('203.0.113.2', token(9))).status).toBe(400)
  })

  test('signing out is never too much', async () => {
    const ding = await stage.signIn('ding')
    const headers = { cookie: cookieOf(ding) }
    for (let n = 0; n < 8; n++) await app.request('/api/v1/session', { headers })
    expect((await app.request('/api/v1/session', { headers })).status).toBe(429)
    expect((await app.request('/auth/logout', { method: 'POST', headers })).status).toBe(303)
    expect((await app.request('/api/v1/session', { headers })).status).toBe(401)
  })

  test('no row knows an address', async () => {
    const rows = await stage.owner
      .selectFrom('rateLimits' as never)
      .selectAll()
      .execute()
    expect(rows.length).toBeGreaterThan(3)
    expect(JSON.stringify(rows)).not.toMatch(/192\.0\.2|198\.51|2001:db8/)
  })
})

describe('the address of the client', () => {
  const serve = async (trustedProxies: readonly string[]) => {
    const server = createWebServer(app, undefined, { publicUrl: stage.publicUrl, trustedProxies })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const ask = async (forwarded?: string) => {
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      return (await fetch(`http://127.0.0.1:${port}/api/v1/session`, { headers })).status
    }
    return { ask, close: () => stopServer(server, 100) }
  }

  test('is the connection’s, also when its headers name another', async () => {
    const { ask, close } = await serve([])
    const answers: number[] = []
    for (let n = 0; n < 6; n++) answers.push(await ask(`203.0.113.${n}`))
    expect(answers).toEqual([401, 401, 401, 401, 429, 429])
    await close()
  })

  test('is what a trusted proxy says, and only the end of the list is its word', async () => {
    const { ask, close } = await serve(['127.0.0.0/8'])
    const answers: number[] = []
    for (let n = 0; n < 6; n++) answers.push(await ask(`10.9.9.${n}, 203.0.113.77`))
    expect(answers).toEqual([401, 401, 401, 401, 429, 429])
    expect(await ask('203.0.113.77, 203.0.113.78')).toBe(401)
    await close()
  })
})

test('R6 what a page asks by itself does not keep the session alive', async () => {
  const person = await stage.signIn('unit-admin')
  const cookie = cookieOf(person)
  const { accountId } = await stage.owner
    .selectFrom('accounts')
    .select('id as accountId')
    .where('name', '=', (await sessionOf(cookie)).account.name)
    .executeTakeFirstOrThrow()
  const seenMinutesAgo = (minutes: number) =>
    stage.owner
      .updateTable('sessions' as never)
      .set({ seenAt: new Date(Date.now() - minutes * 60_000) } as never)
      .where('accountId' as never, '=', accountId as never)
      .execute()
  await seenMinutesAgo(29)
  const background = { 'x-background': '1' }
  const left = async (headers: Record<string, string>) =>
    Date.parse((await sessionOf(cookie, headers)).idleEndsAt) - Date.now()
  expect(await left(background)).toBeLessThan(61_000)
  expect(await left({})).toBeGreaterThan(29 * 60_000)
  await seenMinutesAgo(31)
  const late = await stage.app.request('/api/v1/session', { headers: { cookie, ...background } })
  expect(late.status).toBe(401)
})

test('R6 a write keeps it alive, also one that calls itself background', async () => {
  const bing = await stage.signIn('yi')
  await stage.owner
    .updateTable('sessions' as never)
    .set({ seenAt: new Date(Date.now() - 29 * 60_000) } as never)
    .execute()
  const body = JSON.stringify(newProject())
  const headers = { 'content-type': 'application/json', 'x-background': '1' }
  await bing.request('/api/v1/projects', { method: 'POST', headers, body })
  const { idleEndsAt } = await sessionOf(cookieOf(bing), { 'x-background': '1' })
  expect(Date.parse(idleEndsAt) - Date.now()).toBeGreaterThan(29 * 60_000)
  await done(bing, createProject, { body: newProject() })
})

async function sessionOf(cookie: string, headers: Record<string, string> = {}) {
  const response = await stage.app.request('/api/v1/session', { headers: { cookie, ...headers } })
  return (await response.json()) as { account: { name: string }; idleEndsAt: string }
}
