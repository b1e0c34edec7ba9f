/**
 * One attempt at a time for each piece of owed work, in all processes (decision 002). A session advisory lock
 * on a connection of our own is the claim: Postgres releases it when the process dies, so the next
 * attempt does not wait for a lease to end.
 */
import pg from 'pg'
import type { Db } from '../../db/connect.ts'
import { beginAttempt, keepOutcome, keepTrouble, type Before, type Kept } from '../../db/owed.ts'
import type { Outcome } from '../../domain/backup/outside.ts'
import type { Job } from '../../domain/backup/owed.ts'
import type { Logger } from '../../runtime/log.ts'
import { Unavailable } from '../ports/outside.ts'

/** What came of an attempt: an outcome, `gone` when the work is no longer owed, or why it failed. */
export type Attempt = Kept | 'gone' | Failure
/** `pauseMs`: the next one is worth a try after that. `isNews`: something that staff should read. */
export type Failure = { failed: Unavailable; pauseMs: number; isNews: boolean }
export const hasFailed = (attempt: Exclude<Attempt, 'gone'>): attempt is Failure => 'failed' in attempt

export type Attempts = {
  /**
   * Tries once, unless an attempt is running (then its end is waited for) or an outcome is kept already (then
   * that is it). It ends within `latestMs`. `isNew`: the work is not owed yet: as long as this says so, no row
   * is asked or written.
   */
  attempt(job: Pick<Job, 'key' | 'kind'>, limits: Limits, work: () => Promise<Outcome>): Promise<Attempt>
  /** Waits for the attempts that run, then lets go of the claims. */
  close(): Promise<void>
}

type Limits = { latestMs: number; isNew?: () => boolean }
type Tried = Pick<Job, 'key' | 'kind'>

const failure = (failed: Unavailable, pauseMs: number, isNews = false): Failure => ({
  failed,
  pauseMs,
  isNews,
})

export function createAttempts(db: Db, databaseUrl: string, log: Logger): Attempts {
  const running = new Map<string, Promise<Attempt>>()
  const claims = claimsOn(databaseUrl, log)

  async function claimed(
    job: Tried,
    { latestMs, isNew = () => false }: Limits,
    work: () => Promise<Outcome>,
  ): Promise<Attempt> {
    const { key } = job
    if (!(await claims.take(key)))
      return failure(new Unavailable('busy', 'Another process is trying just now'), 1_000)
    try {
      if (isNew()) return await tried(job, neverTried, isNew, work)
      const begun = await beginAttempt(db, key, latestMs)
      if (!begun) return 'gone'
      if (begun.kept) return begun.kept
      if (begun.heldMs > 0)
        return failure(new Unavailable('rate-limited', 'It asked to be left alone for a while'), begun.heldMs)
      return await tried(job, begun.before, isNew, work)
    } finally {
      claims.release(key)
    }
  }

  async function tried(
    job: Tried,
    before: Before,
    isNew: () => boolean,
    work: () => Promise<Outcome>,
  ): Promise<Attempt> {
    try {
      const outcome = await work()
      const since = performance.now()
      if (!isNew()) await keepOutcome(db, job.key, outcome)
      return { outcome, agoMs: performance.now() - since }
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      if (isNew()) return failure(error, 0)
      const { outsideCause, reason, retryAfterMs } = error
      const { pauseMs } = await keepTrouble(db, job, before, { cause: outsideCause, reason, retryAfterMs })
      return failure(error, pauseMs, outsideCause !== before.cause || isMilestone(before.tries))
    }
  }

  return {
    attempt(job, limits, work) {
      const { key } = job
      const present = running.get(key)
      if (present) return present
      const begun = claimed(job, limits, work).finally(() => running.delete(key))
      running.set(key, begun)
      return begun
    },
    async close() {
      await Promise.allSettled(running.values())
      await claims.close()
    },
  }
}

const neverTried: Before = { tries: 1, cause: null, pauseMs: 0 }
/** 8, 16, 32 … tries: often enough to be read, seldom enough for a history. */
const isMilestone = (tries: number): boolean => tries >= 8 && Number.isInteger(Math.log2(tries))

function claimsOn(databaseUrl: string, log: Logger) {
  let present: Promise<pg.Client> | undefined
  /** Forgets the present connection only: the end of an earlier one may be reported much later. */
  const forget = (one: Promise<pg.Client>): void => {
    if (present === one) present = undefined
  }
  function connected(): Promise<pg.Client> {
    const mine: Promise<pg.Client> = (present ??= open(() => forget(mine)))
    return mine
  }

  async function open(ended: () => void): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 3_000,
      query_timeout: 5_000,
      keepAlive: true,
      // Postgres notices within about a minute that this process is gone, and releases its claims.
      options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    })
    client.on('end', ended)
    // Postgres has released its claims. At worst another process tries too: same code, same Message-ID, same PUT.
    client.on('error', (error) => {
      log.warn({ error: error.message }, 'the connection that holds the claims broke')
      ended()
    })
    try {
      await client.connect()
      return client
    } catch (error) {
      ended()
      throw error
    }
  }

  /** One question at a time: a connection has no more. */
  let last: Promise<unknown> = Promise.resolve()
  function ask(lock: 'pg_try_advisory_lock' | 'pg_advisory_unlock', key: string): Promise<boolean> {
    const answer = last.then(async () => {
      const mine = connected()
      const client = await mine
      try {
        const { rows } = await client.query<{ done: boolean }>(
          `select ${lock}(hashtextextended($1, 0)) as done`,
          [key],
        )
        return rows[0]?.done ?? false
      } catch (error) {
        // The lock may be held or not. Ending the connection releases every lock that it holds.
        forget(mine)
        void client.end().catch(() => undefined)
        throw error
      }
    })
    last = answer.catch(() => undefined)
    return answer
  }

  return {
    take: (key: string): Promise<boolean> => ask('pg_try_advisory_lock', key),
    /** Nobody waits for it: the next question on this connection comes after it. */
    release(key: string): void {
      // A broken connection holds nothing any more.
      ask('pg_advisory_unlock', key).catch(() => undefined)
    },
    async close(): Promise<void> {
      await last
      await present?.then((client) => client.end()).catch(() => undefined)
    },
  }
}

/** Waits for `promise` at most so long; the rest of it goes on. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
