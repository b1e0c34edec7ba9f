/**
 * R57: looks every hour whether the audit still says what it said. The ends of its chains are written to a file outside
 * the database, and compared the next time: a chain that was cut together with its head is found by nothing else.
 */
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { alone } from '../db/alone.ts'
import { type AuditHead, checkChains } from '../db/audit-chain.ts'
import { connect, type Db } from '../db/connect.ts'
import type { Logger } from '../runtime/log.ts'
import { sha256 } from '../runtime/keys.ts'
import { pause } from './pause.ts'

/** `unchecked`: not looked at yet, or it could not be. */
export type AuditState = 'ok' | 'broken' | 'unchecked'
export type AuditWatch = { state: () => AuditState; stop(): Promise<void> }
/** `folder` undefined: nothing is written outside, and a cut end is not found. */
export type AuditWatchOptions = {
  databaseUrl: string
  folder: string | undefined
  log: Logger
  everyMs: number
}

export function startAuditWatch({ databaseUrl, folder, log, everyMs }: AuditWatchOptions): AuditWatch {
  // A connection of its own: all chains are read in one statement, and no click waits for it.
  const { db } = connect(databaseUrl, { max: 1, statementMs: longestMs })
  let state: AuditState = 'unchecked'
  const stopping = new AbortController()
  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      state = await watchAudit({ db, folder, log, before: state })
      await pause(everyMs, stopping.signal)
    }
  }
  const ended = loop()
  return {
    state: () => state,
    async stop() {
      stopping.abort()
      await ended
      await db.destroy()
    },
  }
}

const longestMs = 600_000

type Watching = { db: Db; folder: string | undefined; log: Logger; before: AuditState }

/** One look. Never throws: the next one is the retry. What is broken stays so until a person has looked. */
export async function watchAudit({ db, folder, log, before }: Watching): Promise<AuditState> {
  try {
    const found = await alone(db, 'audit', async (own): Promise<AuditState> => {
      const known = folder === undefined ? [] : await readHeads(folder)
      const { heads, broken } = await checkChains(own, known)
      for (const { unitId, seq } of broken)
        log.error({ unitId, seq }, 'the audit does not say any more what it said')
      if (broken.length > 0) return 'broken'
      if (folder !== undefined) {
        const line = await writeHeads(folder, heads)
        // In the log as well, wherever that is shipped: the file has to agree with it.
        log.info({ chains: heads.length, sha256: sha256(line).toString('hex') }, 'the audit holds')
      }
      return 'ok'
    })
    return found ?? before // another worker is at it
  } catch (err) {
    log.warn({ err }, 'the audit could not be checked')
    return before === 'broken' ? before : 'unchecked'
  }
}

const fileIn = (folder: string): string => join(folder, 'heads.jsonl')

/** The newest whole line. A broken audit writes none, so it stays broken against the last good one. */
async function readHeads(folder: string): Promise<AuditHead[]> {
  const text = await readFile(fileIn(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const line = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .trimEnd()
    .split('\n')
    .at(-1)
  return line ? (JSON.parse(line) as { heads: AuditHead[] }).heads : []
}

async function writeHeads(folder: string, heads: readonly AuditHead[]): Promise<string> {
  const line = `${JSON.stringify({ at: new Date().toISOString(), heads })}\n`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(fileIn(folder), 'a', 0o600)
  try {
    await file.write(line)
    await file.sync()
  } finally {
    await file.close()
  }
  return line
}
