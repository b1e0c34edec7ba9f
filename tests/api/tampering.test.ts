/** R1: a sign-in that was tampered with opens no session. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../api/http/app.ts'
import { connectIdentity } from '../../api/sign-in/identity.ts'
import { Browser } from '../support/browser.ts'
import { type ApiStage, startApi } from './stage.ts'

let stage: ApiStage
let forger: Awaited<ReturnType<typeof startForger>>
beforeAll(async () => {
  stage = await startApi()
  forger = await startForger(stage.apiConfig.OIDC_CLIENT_ID)
})
afterAll(async () => {
  forger.close()
  await stage.close()
})

const sessions = async () =>
  (
    await stage.owner
      .selectFrom('sessions' as never)
      .selectAll()
      .execute()
  ).length
beforeEach(async () => {
  await stage.owner.deleteFrom('sessions' as never).execute()
})

describe('at the real stand-in', () => {
  /** Signs in at the provider and stops before our callback. */
  async function callbackOf(browser: Browser): Promise<URL> {
    const isBack = (seen: URL) => seen.pathname === '/auth/callback'
    const form = await browser.follow('/auth/login', {}, isBack)
    if (isBack(form.url)) return form.url // the provider knows who it is
    const body = new URLSearchParams({ login: 'jia', password: 'hgrip' })
    const { url } = await browser.follow(form.url.href, { method: 'POST', body }, isBack)
    return url
  }
  const newBrowser = () => new Browser(stage.app, stage.publicUrl)
  const answer = async (browser: Browser, url: URL) =>
    (await browser.request(url.href)).headers.get('location')
  const changed = (url: URL, name: string, value: string | null) => {
    const other = new URL(url)
    if (value === null) other.searchParams.delete(name)
    else other.searchParams.set(name, value)
    return other
  }

  test('another state, or none', async () => {
    for (const state of ['x'.repeat(43), '', null]) {
      const browser = newBrowser()
      expect(await answer(browser, changed(await callbackOf(browser), 'state', state))).toBe(
        '/?signin=cancelled',
      )
    }
    expect(await sessions()).toBe(0)
  })

  test('another issuer', async () => {
    const browser = newBrowser()
    const location = await answer(browser, changed(await callbackOf(browser), 'iss', 'https://evil.example'))
    expect(location).toBe('/?signin=unavailable')
    expect(await sessions()).toBe(0)
  })

  test('a code that was used already', async () => {
    const browser = newBrowser()
    const used = await callbackOf(browser)
    expect(await answer(browser, used)).toBe('/projects')
    const code = used.searchParams.get('code')
    const next = changed(await callbackOf(browser), 'code', code)
    expect(await answer(browser, next)).toBe('/?signin=cancelled')
  })

  test('a code that another person was given', async () => {
    const [victim, thief] = [newBrowser(), newBrowser()]
    const stolen = (await callbackOf(victim)).searchParams.get('code')
    expect(await answer(thief, changed(await callbackOf(thief), 'code', stolen))).toBe('/?signin=cancelled')
    expect(await sessions()).toBe(0)
  })

  test('refused by the provider: because the account is disabled, or for another reason', async () => {
    for (const [description, reason] of [
      ['account is disabled', 'disabled'],
      ['该账号已停用', 'disabled'],
      ['the person pressed cancel', 'cancelled'],
    ] as const) {
      const browser = newBrowser()
      const started = await browser.request('/auth/login')
      const state = new URL(started.headers.get('location') ?? '').searchParams.get('state') ?? ''
      const back = new URLSearchParams({
        ...{ error: 'access_denied', error_description: description },
        ...{ state, iss: stage.issuer },
      })
      const response = await browser.request(`/auth/callback?${back.toString()}`)
      expect(response.headers.get('location')).toBe(`/?signin=${reason}`)
    }
    expect(await sessions()).toBe(0)
  })
})

describe('at a provider that says something else', () => {
  /** From our sign-in straight to our callback, with the ID token that `forge` makes. */
  async function signIn(forge: Forge): Promise<string | null> {
    const app = createApp({
      ...stage.deps,
      identity: connectIdentity({ ...stage.apiConfig, OIDC_ISSUER: forger.issuer }),
    })
    const browser = new Browser(app, stage.publicUrl)
    const started = await browser.request('/auth/login')
    const { searchParams } = new URL(started.headers.get('location') ?? '')
    forger.next = { nonce: searchParams.get('nonce') ?? '', forge }
    const back = new URLSearchParams({ code: randomUUID(), state: searchParams.get('state') ?? '' })
    const response = await browser.request(`/auth/callback?${back.toString()}`)
    return response.headers.get('location')
  }
  const now = () => Math.floor(Date.now() / 1000)

  test('as it should be', async () => {
    expect(await signIn({})).toBe('/projects')
    expect(await sessions()).toBe(1)
  })

  test.each<[string, () => Forge]>([
    ['another nonce', () => ({ nonce: 'x'.repeat(43) })],
    ['no nonce', () => ({ nonce: undefined })],
    ['another issuer', () => ({ iss: 'https://evil.example' })],
    ['a token for another client', () => ({ aud: 'another-client' })],
    ['a token for two clients, given to the other one', () => ({ aud: ['hgrip', 'other'], azp: 'other' })],
    ['an expired token', () => ({ iat: now() - 7_200, exp: now() - 3_600 })],
    ['a token without an end', () => ({ exp: undefined })],
    ['a token that another key signed', () => ({ isForeign: true })],
    ['a token without a signature', () => ({ isUnsigned: true })],
  ])('%s', async (_, forge) => {
    expect(await signIn(forge())).toBe('/?signin=unavailable')
    expect(await sessions()).toBe(0)
  })

  test('null and characters that no database takes are no fault', async () => {
    const odd = { name: '示例\u0000甲\ud800', phone_number: null, email: null, sid: 'a\u0000', unit: null }
    expect(await signIn(odd)).toBe('/projects')
    expect(await signIn({ unit: { id: 'u\u0000', name: '示例单位' } })).toBe('/?signin=norole')
    expect(await signIn({ name: '\u0000' })).toBe('/?signin=norole')
  })

  test('R59 an ID token that names its person is not kept', async () => {
    await signIn({})
    await signIn({ name: undefined }) // refused: nobody
    const rows = await stage.owner.selectFrom('sessions').select('idToken').execute()
    expect(rows).toEqual([{ idToken: '' }])
  })

  test('a role that is none of ours', async () => {
    expect(await signIn({ role: 'emperor' })).toBe('/?signin=norole')
    expect(await sessions()).toBe(0)
  })
})

type Forge = Record<string, unknown> & { isForeign?: boolean; isUnsigned?: boolean }

/** A provider whose ID tokens are ours to falsify. */
async function startForger(clientId: string) {
  const [own, foreign] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')]
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }
  const forger = { issuer: '', next: { nonce: '', forge: {} as Forge }, close: () => server.close() }

  async function idToken(): Promise<string> {
    const { nonce, forge } = forger.next
    const { isForeign, isUnsigned, ...claims } = forge
    const seconds = Math.floor(Date.now() / 1000)
    const payload = {
      ...{ iss: forger.issuer, aud: clientId, sub: 'forged', nonce, iat: seconds, exp: seconds + 600 },
      ...{ name: '示例甲', role: 'researcher', unit_authorised: true, unit: { id: 'u', name: '示例单位' } },
      ...claims,
    }
    const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    if (isUnsigned) return `${base64({ alg: 'none' })}.${base64(payload)}.`
    const key = isForeign ? foreign.privateKey : own.privateKey
    return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(key)
  }
  const answer = async (path: string): Promise<object> => {
    if (path === '/jwks') return { keys: [jwk] }
    if (path === '/token') return { access_token: 'a', token_type: 'bearer', id_token: await idToken() }
    return {
      ...{ issuer: forger.issuer, jwks_uri: `${forger.issuer}/jwks` },
      ...{ authorization_endpoint: `${forger.issuer}/auth`, token_endpoint: `${forger.issuer}/token` },
    }
  }
  const server = createServer((request, response) => {
    void answer(request.url ?? '').then((body) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  forger.issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  return forger
}
