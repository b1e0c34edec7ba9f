/** Researchers over HTTP who write down what they sent and what they were answered. */
import { randomUUID } from 'node:crypto'
import { Browser } from '../support/browser.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { strayTab, type Absence, type Entry, type Json } from './evidence.ts'
import type { Random } from './random.ts'

const patienceMs = 15_000
const ours = { 'sec-fetch-site': 'same-origin' }

export type Journal = { entries: Entry[]; addresses: string[]; absences: Absence[] }
export const newJournal = (): Journal => ({ entries: [], addresses: [], absences: [] })

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

/** A signed-in person with a browser; the tabs share their cookies. */
export type Visit = {
  open: (tab: number) => Tab
  /** Signs out, shows that the cookie is worth nothing any more, and signs in again. */
  signOutAndIn(): Promise<void>
  /** From now on there may be no session; what it returns signs in again, unless there is one, and ends that. */
  mayBeAbsent(): () => Promise<void>
}

export async function signIn(
  { apis, urls }: { apis: readonly string[]; urls: { product: string } },
  journal: Journal,
  login: string,
  random: Random,
): Promise<Visit> {
  const productUrl = urls.product
  const browser = new RememberingBrowser(productUrl, journal.addresses)
  await browser.signIn(login, 'hgrip')

  let last: Promise<unknown> = Promise.resolve()
  /** Whatever is away meanwhile; one after the other, for the tabs have one cookie. */
  function insist(what: () => Promise<boolean>): Promise<void> {
    const mine = last.then(async () => {
      while (!(await what().catch(() => false))) await pause(500)
    })
    last = mine
    return mine
  }
  const answers = async (address: string, init: RequestInit = {}) =>
    (await browser.request(address, { ...init, signal: AbortSignal.timeout(patienceMs) })).status
  async function hasSession(): Promise<boolean> {
    const status = await answers('/api/v1/session')
    if (status === 401) await browser.signIn(login, 'hgrip')
    return status === 200
  }

  function mayBeAbsent(): () => Promise<void> {
    const absence: Absence = { who: login, from: Date.now(), to: Infinity }
    journal.absences.push(absence)
    return async () => {
      await insist(hasSession)
      absence.to = Date.now()
    }
  }

  async function signOutAndIn(): Promise<void> {
    const isBack = mayBeAbsent()
    let cookie = ''
    await insist(async () => {
      cookie = browser.cookie()
      return (await answers('/auth/logout', { method: 'POST', headers: ours })) === 303
    })
    for (let times = 0; times < 2; times++) await send(strayTab, { method: 'GET', path: '/backups', cookie })
    await isBack()
    await send(strayTab, { method: 'POST', path: '/projects', body: {}, cookie })
  }

  async function send(
    tab: number,
    { method, path, body, key, cookie }: Sending & { cookie?: string },
    after?: Entry,
  ): Promise<Entry> {
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
          ...ours,
          ...(cookie !== undefined && { cookie }),
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
  return {
    open: (tab) => ({ login, tab, send: (sending, after) => send(tab, sending, after) }),
    signOutAndIn,
    mayBeAbsent,
  }
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
