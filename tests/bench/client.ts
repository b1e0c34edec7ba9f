/** HTTP as a signed-in person's browser speaks it: connections that are kept, cookies, times of first byte. */
import { randomUUID } from 'node:crypto'
import { Agent, request as ask } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Browser } from '../support/browser.ts'

export type Json = Record<string, unknown>
/** `bytes`: as they came over the wire, compressed or not. */
export type Reply = { status: number; text: string; bytes: number; ttfbMs: number; ms: number }

const patienceMs = 20_000
const againAfterMs = 50

export class Visitor {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  private readonly url: string
  readonly cookie: string
  constructor(url: string, cookie: string) {
    this.url = url
    this.cookie = cookie
  }

  /** One request; rejects when no answer comes. */
  request(method: string, path: string, { body, key }: { body?: Json; key?: string } = {}): Promise<Reply> {
    const began = performance.now()
    const text = body && JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = ask(
        `${this.url}${path}`,
        {
          method,
          agent: this.agent,
          signal: AbortSignal.timeout(patienceMs),
          headers: {
            cookie: this.cookie,
            'accept-encoding': 'gzip, br',
            'sec-fetch-site': 'same-origin',
            ...(key !== undefined && { 'idempotency-key': key }),
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        (response) => {
          const ttfbMs = performance.now() - began
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () => {
            const ms = performance.now() - began
            const body = Buffer.concat(chunks)
            const text = decode(body, response.headers['content-encoding'])
            resolve({ status: response.statusCode ?? 0, text, bytes: body.length, ttfbMs, ms })
          })
        },
      )
      sent.once('error', reject)
      sent.end(text)
    })
  }

  read(path: string): Promise<Reply> {
    return this.request('GET', path)
  }

  /** A command, repeated with its key while it is not answered: 202, 5xx, or no answer at all. Throws on a refusal. */
  async command(method: string, path: string, body?: Json): Promise<Json> {
    const key = randomUUID()
    for (const end = performance.now() + 120_000; ;) {
      const reply = await this.request(method, `/api/v1${path}`, { ...(body && { body }), key }).catch(
        () => undefined,
      )
      const isOpen = !reply || reply.status === 202 || reply.status >= 500
      if (!isOpen) {
        if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
        return reply.text === '' ? {} : (JSON.parse(reply.text) as Json)
      }
      if (performance.now() > end) throw new Error(`${method} ${path} is not answered: ${reply?.status}`)
      await pause(againAfterMs)
    }
  }
  close(): void {
    this.agent.destroy()
  }
}

function decode(body: Buffer, encoding: string | undefined): string {
  switch (encoding) {
    case 'gzip':
      return gunzipSync(body).toString()
    case 'br':
      return brotliDecompressSync(body).toString()
    default:
      return body.toString()
  }
}

/** Signs in through the identity stand-in, as a browser does. */
export async function signIn(url: string, login: string): Promise<Visitor> {
  const browser = new Browser({ request: (request) => fetch(request) }, url)
  await browser.signIn(login, 'hgrip')
  const cookies = browser.cookies.get(new URL(url).host) ?? new Map<string, string>()
  if (cookies.size === 0) throw new Error(`${login} could not sign in`)
  return new Visitor(url, [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
}
