/** R57 the worker looks at the audit, against what it wrote down outside of the database. Each kind of tampering turns it red. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appendAudit } from '../../db/audit.ts'
import { connect, type Db } from '../../db/connect.ts'
import { findPort } from '../../local/ports.ts'
import { serveHealth } from '../../worker/health.ts'
import { type AuditState, startAuditWatch, watchAudit } from '../../worker/audit-watch.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createUnit } from '../support/factories.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
let superuser: Db
let folder: string
let unitId: string
let lines: { level: number; msg: string; unitId?: string; seq?: string }[]
const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) })
beforeAll(async () => {
  database = await createDatabase()
  superuser = connect(database.url('postgres')).db
})
afterAll(async () => {
  await superuser.destroy()
  await database.close()
})
beforeEach(async () => {
  lines = []
  folder = mkdtempSync(join(tmpdir(), 'hgrip-audit-'))
  await sql`truncate audit, audit_heads`.execute(superuser)
  unitId = await createUnit(database.owner)
  await append(5)
  return () => rmSync(folder, { recursive: true })
})
async function append(times: number): Promise<void> {
  for (let i = 0; i < times; i++)
    await database.db
      .transaction()
      .execute((trx) => appendAudit(trx, { unitId, actorId: null, action: 'act' }))
}
const watch = (before: AuditState = 'unchecked', at: string | undefined = folder) =>
  watchAudit({ db: database.db, folder: at, log, before })
const written = () => readFileSync(join(folder, 'heads.jsonl'), 'utf8').trim().split('\n')
const headOf = (seq: number) =>
  sql`update audit_heads set seq = ${seq}, hash = coalesce((select hash from audit where unit_id = ${unitId} and seq = ${seq}), '\\x') where unit_id = ${unitId}`

describe('R57 an audit that holds', () => {
  it('is green, and its heads are written down each time', async () => {
    expect(await watch()).toBe('ok')
    await append(3)
    expect(await watch()).toBe('ok')
    const seqs = written().map((line) => (JSON.parse(line) as { heads: { seq: string }[] }).heads[0]?.seq)
    expect(seqs).toEqual(['5', '8'])
    expect(lines.map(({ msg }) => msg)).toEqual(['the audit holds', 'the audit holds'])
  })
  it('a line that a crash cut off is not read', async () => {
    await watch()
    appendFileSync(join(folder, 'heads.jsonl'), '{"at":"2026')
    expect(await watch()).toBe('ok')
  })
})

describe('R57 red is', () => {
  const tampering: Record<string, ReturnType<typeof sql>[]> = {
    'a changed row': [sql`update audit set action = 'x' where seq = 2`],
    'a row cut out': [sql`delete from audit where seq = 3`],
    'the end cut off': [sql`delete from audit where seq = 5`],
    'the end cut off together with its head': [sql`delete from audit where seq = 5`, headOf0(4)],
    'a chain cut back to nothing, with its head': [sql`delete from audit`, headOf0(0)],
    'a chain and its head gone': [sql`delete from audit`, sql`delete from audit_heads`],
    'everything emptied': [sql`truncate audit, audit_heads`],
    'a head gone': [sql`delete from audit_heads`],
    'a row that was hashed anew, with all after it': [
      sql`update audit set action = 'x' where seq = 5`,
      sql`update audit a set hash = audit_digest(a.previous, a) where seq = 5`,
      headOf0(5),
    ],
  }
  /** Of the only chain there is. */
  function headOf0(seq: number) {
    return sql`update audit_heads set seq = ${seq}::bigint, hash = coalesce((select hash from audit where seq = ${seq}::bigint), '\\x')`
  }
  it.each(Object.entries(tampering))('%s', async (_, statements) => {
    expect(await watch()).toBe('ok')
    for (const statement of statements) await statement.execute(superuser)
    expect(await watch('ok')).toBe('broken')
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([{ unitId }])
    expect(written(), 'nothing new is written').toHaveLength(1)
    expect(await watch('broken'), 'until a person has looked').toBe('broken')
  })
  it('also when the chain has grown again since', async () => {
    await watch()
    await sql`delete from audit where seq = 5`.execute(superuser)
    await headOf(4).execute(superuser)
    await append(4)
    expect(await watch('ok')).toBe('broken')
  })
})

describe('R57 the job of the worker', () => {
  it('says in its health what it found, and a database that is away changes nothing of that', async () => {
    await watch()
    const port = await findPort()
    const job = startAuditWatch({ databaseUrl: database.url('hgrip_worker'), folder, log, everyMs: 50 })
    const health = await serveHealth(
      { host: '127.0.0.1', port },
      { worker: () => 'RUNNING', audit: job.state },
    )
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, ((await response.json()) as { audit: string }).audit]
    }
    await until('it is green', () => Promise.resolve(job.state() === 'ok'))
    expect(await ask('/readyz')).toEqual([200, 'ok'])
    await sql`delete from audit where seq = 5`.execute(superuser)
    await headOf(4).execute(superuser)
    await until('it is red', () => Promise.resolve(job.state() === 'broken'))
    expect([await ask('/readyz'), await ask('/healthz')]).toEqual([
      [503, 'broken'],
      [200, 'broken'],
    ])
    await job.stop()
    health.close()
    const away = connect('postgresql://nobody:x@127.0.0.1:1/none').db
    for (const [before, after] of [
      ['ok', 'unchecked'],
      ['broken', 'broken'],
    ] as const)
      expect(await watchAudit({ db: away, folder, log, before })).toBe(after)
    await away.destroy()
  })
})
