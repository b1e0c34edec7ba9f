/** The identity provider of the report system (人遗系统): OpenID Connect over the accounts of the world. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { Provider, errors, type Configuration, type JWKS, type KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'
import type { Account } from '../world.ts'
import type { Accounts } from './accounts.ts'
import { answerWith, bearer, type Env, listen, type Listening } from './http.ts'
import { memoryAdapter } from './oidc-memory.ts'
import { type Html, page } from './page.ts'

/** The same for all accounts. */
export const PASSWORD = 'hgrip'
export const CLIENT_ID = 'hgrip'
const SCOPES = ['openid', 'profile', 'email', 'phone']
const CLAIMS = ['sub', 'name', 'phone_number', 'email', 'unit', 'unit_authorised', 'role']
/** How soon a change of the world's files ends a person's sessions. */
const LOOK_EVERY_MS = 2_000

export interface IdentityOptions {
  port: number
  accounts: Accounts
  /** Of the product. */
  publicUrl: string
  clientSecret: string
  /** For GET /accounts. */
  token: string
  jwks: JWKS
  cookieKeys: string[]
  say?: (line: string) => void
}

export interface Identity extends Listening {
  /** Tells the product to end the sessions of all accounts that may no longer log in. */
  endSessions(): Promise<void>
}

export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const { accounts, port, say = console.error } = options
  const provider = new Provider(`http://localhost:${port}`, configuration(options))
  const pages = answerWith(routes(options, provider))
  const protocol = provider.callback()
  const server = await listen((request, response) => {
    const own = /^\/(interaction\/|accounts\b|$)/.test(request.url ?? '')
    void (own ? pages(request, response) : protocol(request, response))
  }, port)

  async function endSessions(): Promise<void> {
    const subjects = accounts.newlyInactive()
    if (subjects.length === 0) return
    const client = await provider.Client.find(CLIENT_ID)
    for (const sub of subjects) {
      // Without a session id the token means every session of that person (Back-Channel Logout 1.0, 2.4).
      await (client as unknown as BackchannelClient)
        .backchannelLogout(sub, undefined)
        .catch((error: Error) => say(`Back-channel logout of ${sub}: ${error.message}`))
    }
  }

  const looking = setInterval(() => void endSessions(), LOOK_EVERY_MS)
  return {
    port: server.port,
    endSessions,
    close: async () => {
      clearInterval(looking)
      await server.close()
    },
  }
}

/** The published types leave the method out. */
interface BackchannelClient {
  backchannelLogout(sub: string, sid: string | undefined): Promise<void>
}

function configuration({
  accounts,
  publicUrl,
  clientSecret,
  jwks,
  cookieKeys,
  port,
}: IdentityOptions): Configuration {
  // Cookies are shared by all ports of localhost: two copies of the product must not meet in them.
  const names = {
    session: `_session_${port}`,
    interaction: `_interaction_${port}`,
    resume: `_resume_${port}`,
  }
  return {
    jwks,
    adapter: memoryAdapter(),
    cookies: { keys: cookieKeys, names },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/auth/callback`],
        post_logout_redirect_uris: [publicUrl, `${publicUrl}/`, `${publicUrl}/?signin=signedout`],
        backchannel_logout_uri: `${publicUrl}/auth/backchannel-logout`,
        backchannel_logout_session_required: true,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: SCOPES,
    claims: { openid: CLAIMS },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { Interaction: 3_600, Session: 12 * 3_600, Grant: 12 * 3_600, IdToken: 3_600, AccessToken: 3_600 },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => {
      const account = accounts.all().find((known) => known.sub === sub && known.active)
      if (!account) return undefined
      return { accountId: sub, claims: () => ({ ...accounts.person(account) }) }
    },
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc
      if (!client || !session?.accountId) return undefined
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(SCOPES.join(' '))
      await grant.save()
      return grant
    },
    // The library guards against requests to the loopback, which is where the product lives here.
    fetch: (url, init) => fetch(url, withoutGuard(init)),
    renderError: async (ctx, out) => {
      ctx.type = 'html'
      ctx.body = String(await errorPage(`${out.error}: ${out.error_description ?? ''}`))
    },
  }
}

function withoutGuard(init: (RequestInit & { dispatcher?: unknown }) | undefined): RequestInit {
  const { dispatcher: _guard, ...rest } = init ?? {}
  return rest
}

function routes({ accounts, token, publicUrl }: IdentityOptions, provider: Provider): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/', async (c) => c.html(await homePage(accounts, publicUrl)))

  app.get('/accounts', bearer(token), (c) => {
    const asOf = new Date().toISOString()
    const since = z.iso.datetime({ offset: true }).optional().safeParse(c.req.query('changedSince'))
    if (!since.success) return c.json({ error: 'changedSince: ISO 8601 with offset' }, 400)
    const moment = since.data && new Date(since.data).toISOString()
    return c.json({ asOf, accounts: accounts.changedSince(moment) })
  })

  app.get('/interaction/:uid', async (c) => {
    const details = await provider.interactionDetails(c.env.incoming, c.env.outgoing)
    return c.html(await loginPage(accounts, details.uid))
  })

  app.post('/interaction/:uid', async (c) => {
    const form = await c.req.parseBody()
    const person = checkLogin(accounts, form)
    if (typeof person === 'string') {
      return c.html(await loginPage(accounts, c.req.param('uid'), person, textOf(form.login)), 401)
    }
    return c.redirect(await finish(provider, c.env.incoming, c.env.outgoing, person), 303)
  })

  app.onError(async (error, c) => {
    if ('getResponse' in error) return error.getResponse()
    const lost = error instanceof errors.SessionNotFound
    return c.html(await errorPage(lost ? LOST : error.message, publicUrl), lost ? 400 : 500)
  })
  return app
}

const LOST = '此次登录已失效，请从产品页面重新登录。This sign-in is over; start again from the product.'
const WRONG = '账号或密码不正确。The account or the password is wrong.'
const INACTIVE = '该账号已停用，不能登录。This account is disabled and cannot sign in.'

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/** The account, or why not. A person's button in the list (`as`) needs no password. */
function checkLogin(accounts: Accounts, form: Record<string, unknown>): Account | string {
  const chosen = textOf(form.as)
  const login = chosen || textOf(form.login)
  const account = accounts.all().find((known) => known.login === login || known.email === login)
  if (!account || (!chosen && textOf(form.password) !== PASSWORD)) return WRONG
  return account.active ? account : INACTIVE
}

async function finish(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  { sub }: Account,
): Promise<string> {
  const result = { login: { accountId: sub, remember: false } }
  return provider.interactionResult(request, response, result, { mergeWithLastSubmission: false })
}

const LEAD =
  '人类遗传资源服务管理系统（本机替身）· Human Genetic Resources Service Management System (stand-in on this machine)'

function loginPage(accounts: Accounts, uid: string, error = '', login = ''): Html {
  return page({
    title: '登录 Sign in',
    lead: LEAD,
    body: html`<section class="login">
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <form method="post" action="/interaction/${uid}">
        <label
          >账号 Account <input name="login" value="${login}" autocomplete="username" required autofocus
        /></label>
        <label>
          密码 Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="primary">登录 Sign in</button>
        <div class="people">
          <h2>示例账号 Sample accounts</h2>
          <p class="hint">
            密码均为 <code>${PASSWORD}</code>；点击即可登录。All passwords are <code>${PASSWORD}</code>; a
            click signs in.
          </p>
          ${accounts
            .all()
            .map(
              (account) =>
                html`<button type="submit" name="as" value="${account.login}" formnovalidate>
                  <code>${account.login}</code> · ${describeAccount(accounts, account)}
                </button>`,
            )}
        </div>
      </form>
    </section>`,
  })
}

const ROLES: Record<Account['role'], string> = {
  researcher: '自然人 Researcher',
  unit_admin: '单位管理员 Institution administrator',
  legal_entity: '法人 Legal entity',
  operator: '运维人员 Operator',
}

export function describeAccount(accounts: Accounts, account: Account): string {
  const notes = [
    ...(account.unitAuthorised ? [] : ['单位未认证 Unit not authorised']),
    ...(account.active ? [] : ['已停用 Disabled']),
  ]
  return [account.name, ROLES[account.role], accounts.person(account).unit.name, ...notes].join(' · ')
}

function homePage(accounts: Accounts, publicUrl: string): Html {
  return page({
    title: '人类遗传资源服务管理系统 HGR System',
    lead: '本机替身 · Stand-in on this machine',
    body: html`<section>
      <p>
        在真实系统中，人们在此注册账号并申请单位认证。In the real system people register and ask for
        authorisation here.
      </p>
      <p><a href="${publicUrl}">前往备份平台 To the backup platform</a></p>
      <ul>
        ${accounts
          .all()
          .map(
            (account) => html`<li><code>${account.login}</code> · ${describeAccount(accounts, account)}</li>`,
          )}
      </ul>
    </section>`,
  })
}

function errorPage(message: string, publicUrl?: string): Html {
  return page({
    title: '无法继续 Cannot go on',
    lead: LEAD,
    body: html`<section class="login">
      <p class="error" role="alert">${message}</p>
      ${publicUrl && html`<p><a href="${publicUrl}">返回备份平台 Back to the backup platform</a></p>`}
    </section>`,
  })
}

/** Who signs out of the product means it: the library's question is answered for them. */
const logoutSource = (ctx: KoaContextWithOIDC, form: string): void => {
  ctx.type = 'html'
  ctx.body = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>退出登录 Sign out</title><body>${form}
    <input type="hidden" form="op.logoutForm" name="logout" value="yes">
    <noscript><button type="submit" form="op.logoutForm">退出登录 Sign out</button></noscript>
    <script>document.getElementById('op.logoutForm').submit()</script></body></html>`
}

const postLogoutSuccessSource = async (ctx: KoaContextWithOIDC): Promise<void> => {
  ctx.type = 'html'
  ctx.body = String(
    await page({
      title: '已退出 Signed out',
      lead: LEAD,
      body: html`<section><p>您已退出登录。You are signed out.</p></section>`,
    }),
  )
}
