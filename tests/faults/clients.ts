/** Researchers over HTTP who write down what they sent and what they were answered. */
import { randomUUID } from 'node:crypto'
import { Browser } from '../support/browser.ts'
import type { Entry, Json } from './evidence.ts'
import type { Random } from './random.ts'

const patienceMs = 15_000

export type Journal = { entries: Entry[]; addresses: string[] }
export const newJournal = (): Journal => ({ entries: [], addresses: [] })

/** A browser that remembers every address it was sent to, also to the sign-in of the identity provider. */
class RememberingBrowser extends Browser {
  readonly addresses: string[]
  constructor(productUrl: string, addresses: string[]) {
    super({ request: atItsApi }, productUrl)
    this.addresses = addresses
  }
  override request(address: string, init: RequestInit = {}): Promise<Response> {
    this.addresses.push(address)
    return super.request(address, init)
  }
}

/** To people both APIs have one address, as behind a load balancer; this header is what it would choose by. */
const chosenApi = 'x-fault-run-api'
function atItsApi(request: Request): Promise<Response> {
  const api = request.headers.get(chosenApi)
  if (api === null) return fetch(request)
  const url = new URL(request.url)
  const there = new Request(new URL(url.pathname + url.search, api), request)
  there.headers.delete(chosenApi)
  return fetch(there)
}

export type Sending = { method: string; path: string; body?: Json; key?: string }
/** One tab of a signed-in person. */
export type Tab = {
  login: string
  tab: number
  /** To one of the APIs by chance; `after`: to another one than this entry was sent to. */
  send(sending: Sending, after?: Entry): Promise<Entry>
}

/** Signs in, and opens as many tabs as are asked for; they share their cookies. */
export async function signIn(
  { apis, urls }: { apis: readonly string[]; urls: { product: string } },
  journal: Journal,
  login: string,
  random: Random,
): Promise<(tab: number) => Tab> {
  const productUrl = urls.product
  const browser = new RememberingBrowser(productUrl, journal.addresses)
  await browser.signIn(login, 'hgrip')

  async function send(tab: number, { method, path, body, key }: Sending, after?: Entry): Promise<Entry> {
    const api = after ? (after.api + 1) % apis.length : random.int(apis.length)
    const isWrite = method !== 'GET'
    const entry: Entry = {
      line: journal.entries.length + 1,
      who: login,
      tab,
      api,
      at: Date.now(),
      ended: Infinity,
      method,
      path,
      key: isWrite ? (key ?? randomUUID()) : null,
      body: body ?? null,
      status: null,
      answer: null,
    }
    journal.entries.push(entry)
    try {
      const response = await browser.request(`/api/v1${path}`, {
        method,
        headers: {
          'sec-fetch-site': 'same-origin',
          [chosenApi]: apis[api] ?? productUrl,
          ...(entry.key !== null && { 'idempotency-key': entry.key }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
      })
      const text = await response.text() // an answer that breaks off is none
      entry.answer = parsed(text)
      entry.status = response.status
    } catch {
      // No answer: killed, refused, reset, or too late.
    }
    entry.ended = Date.now()
    return entry
  }
  return (tab) => ({ login, tab, send: (sending, after) => send(tab, sending, after) })
}

/** Null: not what an API answers. */
function parsed(text: string): Json | null {
  if (text === '') return {}
  try {
    return JSON.parse(text) as Json
  } catch {
    return null
  }
}
