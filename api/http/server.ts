/** One origin, one process: `/api`, `/auth` and the health pages are ours, the rest is SvelteKit's. */
import { access } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pathToFileURL } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import compression from 'compression'
import { clientAddress } from './client-address.ts'
import type { App } from '../deps.ts'
import { securityHeaders } from './headers.ts'
import { plainPage } from './plain-page.ts'
import { problem, problemOf } from './problems.ts'

export type Pages = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** The built pages; undefined when they are not built. */
export async function loadPages(file: string): Promise<Pages | undefined> {
  const built = await access(file).then(
    () => true,
    () => false,
  )
  if (!built) return undefined
  // Where the pages find the address that people typed, and the people's own; we set all on every request.
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto'
  process.env['HOST_HEADER'] = 'x-forwarded-host'
  process.env['ADDRESS_HEADER'] = 'x-client-address'
  const module = (await import(pathToFileURL(file).href)) as { handler: Pages } // the adapter's output
  return module.handler
}

/** `trustedProxies`: whose X-Forwarded-For is believed. */
export function createWebServer(
  app: App,
  pages: Pages | undefined,
  { publicUrl, trustedProxies = [] }: { publicUrl: string; trustedProxies?: readonly string[] },
): Server {
  const { protocol, host } = new URL(publicUrl)
  const addressOf = clientAddress(trustedProxies)
  const api = getRequestListener(
    (request, { incoming }) => app.fetch(request, { address: addressOf(incoming) }),
    { overrideGlobalObjects: false },
  )
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (protocol === 'https:') response.setHeader('strict-transport-security', 'max-age=31536000')
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (hostsOf(request) !== 1) return answerText(response, 400, 'Exactly one Host is wanted')
    request.url = originForm(request.url)
    if (pages && isForeignForm(request, new URL(publicUrl).origin)) return answerForeign(request, response)
    if (/^\/(api|auth|healthz|readyz)(?=\/|\?|$)/.test(request.url ?? '')) return void api(request, response)
    if (!pages) return answerText(response, 503, missing)
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    request.headers['x-forwarded-host'] = host
    request.headers['x-client-address'] = addressOf(request)
    pages(request, response, () => answerText(response, 404, 'Not found'))
  }
  return createServer((request, response) => compress(request, response, () => answer(request, response)))
}

/** RFC 9112 §3.2: one Host, neither none nor two. */
const hostsOf = ({ rawHeaders }: IncomingMessage): number =>
  rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length

/** RFC 9112 §3.2.2: a request to a proxy names the whole address, and we answer it like any other. */
const originForm = (target = '/'): string =>
  target.replace(/^https?:\/\/[^/?#]*(?=(.?))/i, (_, next) => (next === '/' ? '' : '/'))

/** A form of another site. Kit refuses the same ones, in English and in plain text. */
const isForeignForm = ({ method, headers }: IncomingMessage, own: string): boolean =>
  ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method ?? '') &&
  /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i.test(
    headers['content-type'] ?? '',
  ) &&
  headers.origin !== own

function answerForeign({ headers }: IncomingMessage, response: ServerResponse): void {
  const body = problemOf(problem('CROSS_SITE'))
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (headers.accept?.includes('text/html')) {
    response.writeHead(body.status, { 'content-type': 'text/html; charset=utf-8' })
    response.end(
      plainPage(
        '请求来自其他网站或被浏览器隐去了来源，未执行。请在本网站重新打开页面后再提交。',
        'The request came from another site, or your browser hid where it came from. It was not carried out. Open the page here and submit again.',
      ),
    )
  } else {
    response.writeHead(body.status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify(body))
  }
}

/**
 * Pages and JSON go out as br or gzip, with `vary`. Files of the pages are compressed when they are built, and what is
 * compressed stays as it is. Nothing secret stands in a page beside what its visitor typed, so its length tells nothing.
 */
const compress = compression() as unknown as Pages

export const missing = 'The pages are not built: run "npm start", or "vite build" in web/.'

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(text)
}

/** Takes no new requests, lets the running ones finish, and cuts what is still open after the grace. */
export async function stopServer(server: Server, graceMs = 10_000): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(cut)
}
