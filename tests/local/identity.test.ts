import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findPort } from '../../local/ports.ts'
import { until } from '../../local/processes.ts'
import { type Accounts, openAccounts } from '../../local/stand-ins/accounts.ts'
import { CLIENT_ID, startIdentity } from '../../local/stand-ins/identity.ts'
import { openWorld } from '../../local/world.ts'
import { makeSecrets } from '../../local/settings.ts'
import { folderForTest } from './folder.ts'

const secrets = makeSecrets()

async function startProvider() {
  const folder = folderForTest()
  const accounts = openAccounts(openWorld(), folder)
  const product = await listenForLogout()
  const port = await findPort()
  const identity = await startIdentity({
    port,
    accounts,
    publicUrl: product.url,
    clientSecret: secrets.oidcClientSecret,
    token: 'a token',
    jwks: secrets.jwks,
    cookieKeys: secrets.cookieKeys,
  })
  onTestFinished(() => identity.close())
  const issuer = `http://localhost:${port}`
  const client = await oidc.discovery(new URL(issuer), CLIENT_ID, secrets.oidcClientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  })
  return { accounts, identity, issuer, client, product }
}
type Provider = Awaited<ReturnType<typeof startProvider>>

/** The product's end of a back-channel logout. */
async function listenForLogout() {
  const tokens: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, tokens }
}

/** A browser that keeps cookies and does not leave the provider. */
function openBrowser() {
  const jar = new Map<string, string>()
  return async function visit(url: string, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';', 1)[0]?.split('=') ?? []
      jar.set(name, value)
    }
    const next = response.headers.get('location')
    if (!next || !new URL(next, url).origin.startsWith(new URL(url).origin)) return response
    return visit(new URL(next, url).href)
  }
}

async function openLogin({ client, product }: Provider) {
  const verifier = oidc.randomPKCECodeVerifier()
  const nonce = oidc.randomNonce()
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: `${product.url}/auth/callback`,
    scope: 'openid profile email phone',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
  })
  const visit = openBrowser()
  const page = await visit(url.href)
  return { visit, page, html: await page.text(), verifier, nonce }
}

async function tryToSignIn(provider: Provider, form: Record<string, string>) {
  const login = await openLogin(provider)
  return { ...login, answer: await login.visit(login.page.url, form) }
}

async function signIn(provider: Provider, form: Record<string, string>) {
  const { visit, verifier, nonce, answer } = await tryToSignIn(provider, form)
  const location = new URL(answer.headers.get('location') ?? '')
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce }
  const tokens = await oidc.authorizationCodeGrant(provider.client, location, checks)
  return { visit, idToken: tokens.id_token ?? '', claims: tokens.claims() }
}

const JIA = { login: 'jia', password: 'hgrip' }
const payloadOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('R2 signing in', () => {
  test('the ID token says who the person is', async () => {
    const { claims } = await signIn(await startProvider(), JIA)
    expect(claims).toMatchObject({
      sub: 'person-jia',
      name: '示例甲',
      phone_number: '13800000001',
      email: 'a@example.cn',
      role: 'researcher',
      unit_authorised: true,
      unit: { id: 'unit-1', name: '示例单位', path: [{ id: 'unit-1' }, { id: 'unit-0' }] },
    })
    expect(claims?.sid).toEqual(expect.any(String))
  })

  test('the page has the fields and a button for each sample account, which needs no password', async () => {
    const provider = await startProvider()
    const { html } = await openLogin(provider)
    expect(html).toMatch(/name="login"[^]*name="password"/)
    for (const { login } of provider.accounts.all()) expect(html).toContain(`value="${login}"`)
    expect((await signIn(provider, { as: 'yi' })).claims).toMatchObject({ sub: 'person-yi' })
  })

  test('a wrong password is said, and the account stays in its field', async () => {
    const { answer } = await tryToSignIn(await startProvider(), { login: 'jia', password: 'wrong' })
    expect(answer.status).toBe(401)
    const text = await answer.text()
    expect(text).toContain('The account or the password is wrong')
    expect(text).toContain('value="jia"')
  })

  test('without PKCE there is no code', async () => {
    const { client, product } = await startProvider()
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: `${product.url}/auth/callback`,
      scope: 'openid',
    })
    const answer = await openBrowser()(url.href)
    expect(answer.headers.get('location')).toContain('error=invalid_request')
  })
})

describe('R6 a disabled account', () => {
  const disable = async ({ accounts, identity }: Provider, login: string) => {
    accounts.change(login, { active: false })
    await identity.endSessions()
  }

  test('cannot sign in, and is told why', async () => {
    const provider = await startProvider()
    await disable(provider, 'jia')
    const { answer } = await tryToSignIn(provider, JIA)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('This account is disabled')
  })

  test('is signed out of the product through the back channel', async () => {
    const provider = await startProvider()
    await signIn(provider, JIA)
    await disable(provider, 'jia')
    expect(provider.product.tokens).toHaveLength(1)
    const token = payloadOf(provider.product.tokens[0] ?? '')
    expect(token).toMatchObject({ iss: provider.issuer, sub: 'person-jia', aud: CLIENT_ID })
    expect(token).toHaveProperty(['events', 'http://schemas.openid.net/event/backchannel-logout'])
    expect(token).not.toHaveProperty('sid')
  })
})

test('signing out ends at the product, and there too through the back channel', async () => {
  const provider = await startProvider()
  const { visit, idToken } = await signIn(provider, JIA)
  const url = oidc.buildEndSessionUrl(provider.client, {
    id_token_hint: idToken,
    post_logout_redirect_uri: `${provider.product.url}/`,
  })
  const page = await (await visit(url.href)).text()
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  expect(page).toContain('submit()')
  const answer = await visit(action, { xsrf, logout: 'yes' })
  expect(answer.headers.get('location')).toBe(`${provider.product.url}/`)
  await until(() => provider.product.tokens.length > 0, 5_000)
  expect(payloadOf(provider.product.tokens[0] ?? '')).toHaveProperty('sid')
})

describe('the list of accounts', () => {
  const list = async (issuer: string, since?: string, token = 'a token') => {
    const query = since === undefined ? '' : `?changedSince=${encodeURIComponent(since)}`
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${issuer}/accounts${query}`, { headers })
    return { status: response.status, ...((await response.json().catch(() => ({}))) as Listed) }
  }
  interface Listed {
    asOf: string
    accounts: { sub: string; active: boolean; unit: { id: string } }[]
  }
  const change = (accounts: Accounts, login: string, to: Parameters<Accounts['change']>[1]) =>
    accounts.change(login, to)

  test('names who changed since: left, disabled, moved', async () => {
    const { accounts, issuer } = await startProvider()
    const everybody = await list(issuer)
    expect(everybody.accounts).toHaveLength(accounts.all().length)
    await until(() => new Date().toISOString() > everybody.asOf, 1_000)
    change(accounts, 'yi', { active: false })
    change(accounts, 'ding', { unitId: 'unit-1' })
    const { accounts: changed } = await list(issuer, everybody.asOf)
    const found = Object.fromEntries(changed.map(({ sub, active, unit }) => [sub, [active, unit.id]]))
    expect(found).toEqual({ 'person-yi': [false, 'unit-1'], 'person-ding': [true, 'unit-1'] })
  })

  test('is for the product only', async () => {
    const { issuer } = await startProvider()
    expect((await list(issuer, undefined, 'another')).status).toBe(401)
    expect((await list(issuer, 'yesterday')).status).toBe(400)
  })
})
