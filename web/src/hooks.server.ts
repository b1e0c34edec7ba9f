import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { RequestEvent } from '@sveltejs/kit'
import type { Handle, HandleFetch, HandleServerError } from '@sveltejs/kit/hooks'
import { call } from '$contracts/call.ts'
import { sharedApi } from '$contracts/in-process.ts'
import { getSession } from '$contracts/session.ts'
import type { Locale } from '#lib/words/language.ts'
import { languageCookie, languageTags, localeOf, takeLocaleFrom } from '#lib/words/language.ts'

const language = new AsyncLocalStorage<Locale>()
takeLocaleFrom(() => language.getStore() ?? 'zh')

const pathsOfApi = /^\/(api\/|readyz$)/

export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const url = new URL(request.url)
  if (url.origin !== event.url.origin || !pathsOfApi.test(url.pathname)) return fetch(request)
  const headers = new Headers(request.headers)
  headers.set('cookie', event.request.headers.get('cookie') ?? '')
  if (event.isDataRequest && event.cookies.get('background')) headers.set('x-background', '1') // R6
  const api = sharedApi()
  if (api && !process.env.API_ORIGIN) return api(new Request(request, { headers }), event.getClientAddress())
  if (!process.env.API_ORIGIN) throw new Error('No API in this process and no API_ORIGIN')
  headers.set('origin', event.url.origin)
  // Not Kit's fetch: for its own origin that answers inside Kit, page by page, for ever.
  return globalThis.fetch(
    new Request(
      new URL(url.pathname + url.search, process.env.API_ORIGIN),
      new Request(request, { headers }),
    ),
  )
}

/** Each is there in both languages (vite.config.ts). */
const scripts = /(_app\/immutable\/[\w./-]+)\.js/g

export const handle: Handle = async ({ event, resolve }) => {
  event.locals.locale = localeOf(event.cookies.get(languageCookie))
  event.locals.wasSignedIn = /(^|;\s*)__Host-sid/.test(event.request.headers.get('cookie') ?? '')
  event.locals.session = null
  await findSession(event)
  const response = await language.run(event.locals.locale, () =>
    resolve(event, {
      transformPageChunk: ({ html }) =>
        html
          .replace('%lang%', languageTags[event.locals.locale])
          .replace(scripts, `$1.${event.locals.locale}.js`),
    }),
  )
  secure(response.headers)
  return response
}

/** Without an answer the account is unknown. Then each page and form says so itself, and keeps its input. */
async function findSession({ locals, fetch }: RequestEvent): Promise<void> {
  if (!locals.wasSignedIn) return
  const answer = await call(fetch, getSession, {})
  if (answer.ok) locals.session = answer.body
  else if (answer.status !== 401) locals.unknown = answer.problem
}

/** What only pages need; what every answer says comes from the server in front of them (api/http/headers.ts). */
function secure(headers: Headers): void {
  headers.set('cache-control', 'no-store')
  const policy = headers.get('content-security-policy')
  const issuer = process.env.OIDC_ISSUER
  if (policy && issuer)
    headers.set(
      'content-security-policy',
      policy.replace("form-action 'self'", `form-action 'self' ${new URL(issuer).origin}`),
    )
}

export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind !== 'unknown') return
  const requestId = randomUUID()
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(JSON.stringify({ level: 'error', requestId, route: event.route.id, cause }))
  return { requestId }
}
