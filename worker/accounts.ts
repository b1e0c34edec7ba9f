/**
 * R6: asks the identity provider which accounts have changed. Who was disabled loses the sessions at once; a
 * new role, unit or authorisation is effective at once.
 */
import { z } from 'zod'
import {
  aloneWithAccounts,
  applyAccounts,
  findAccountsAsOf,
  keepAccountsAsOf,
  type ListedAccount,
} from '../db/accounts.ts'
import type { Db } from '../db/connect.ts'
import { readId, readPerson } from '../domain/accounts.ts'
import type { Logger } from '../runtime/log.ts'
import { pause } from './pause.ts'

export type AccountsOptions = { db: Db; log: Logger; provider: string; url: string; token: string }
export type AccountsPoll = { stop(): Promise<void> }

/** Asks every `everyMs` until it is stopped. */
export function startAccounts(options: AccountsOptions, everyMs: number): AccountsPoll {
  const stopping = new AbortController()
  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pollAccounts(options, stopping.signal)
      await pause(everyMs, stopping.signal)
    }
  }
  const ended = loop()
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

/** One look; true when everything was understood and written. Never throws: the next one is the retry. */
export async function pollAccounts(options: AccountsOptions, stopping?: AbortSignal): Promise<boolean> {
  const { db, log } = options
  try {
    const isDone = await aloneWithAccounts(db, (alone) => poll({ ...options, db: alone }, stopping))
    return isDone ?? false // another worker is at it
  } catch (error) {
    if (!stopping?.aborted) log.warn({ err: error }, 'the list of accounts could not be read')
    return false
  }
}

async function poll(options: AccountsOptions, stopping?: AbortSignal): Promise<boolean> {
  const { db, log, provider } = options
  const since = await findAccountsAsOf(db, provider)
  const { asOf, accounts } = await askAccounts(options, since, stopping)
  const listed = accounts.map(readListed).filter((account) => account !== undefined)
  for (let from = 0; from < listed.length; from += mostAtOnce) {
    const written = await applyAccounts(db, provider, listed.slice(from, from + mostAtOnce))
    if (written.changed > 0) log.info(written, 'accounts have changed at the identity provider')
  }
  const strange = accounts.length - listed.length
  // Then the time is not kept, so the next poll asks for the same entries again.
  if (strange > 0) log.error({ strange }, 'the list of accounts has entries that are not understood')
  else await keepAccountsAsOf(db, provider, new Date(asOf))
  return strange === 0
}

const mostAtOnce = 200
const patienceMs = 30_000

async function askAccounts({ url, token }: AccountsOptions, since: Date | undefined, stopping?: AbortSignal) {
  const address = new URL(`${url.replace(/\/$/, '')}/accounts`)
  if (since) address.searchParams.set('changedSince', since.toISOString())
  const late = AbortSignal.timeout(patienceMs)
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: stopping ? AbortSignal.any([stopping, late]) : late,
  })
  if (!response.ok) throw new Error(`GET /accounts answered ${response.status}`)
  return AccountList.parse(await response.json())
}

const AccountList = z.object({ asOf: z.iso.datetime({ offset: true }), accounts: z.array(z.unknown()) })

/** Undefined when it is not understood. Of a disabled account only the subject is needed, so only that is read. */
function readListed(entry: unknown): ListedAccount | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const claims = entry as Record<string, unknown>
  if (claims['active'] === true) {
    const person = readPerson(claims)
    return person && { ...person, active: true }
  }
  const subject = readId(claims['sub'])
  return claims['active'] === false && subject !== undefined ? { subject, active: false } : undefined
}
