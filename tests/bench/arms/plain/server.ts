/**
 * The life in plain SQL: one statement an action, no workflow, no row-level security, no audit. What the job itself
 * costs. Frozen: it is changed only together with what the manual's life is.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import pg from 'pg'
import { newCode, openOutside } from '../outside.ts'
import type { DataSet } from '../../world.ts'

const tables = `
  create table backups (
    id uuid primary key default uuidv7(), name text not null, number text unique, acknowledged_at timestamptz);
  create table files (
    id uuid primary key default uuidv7(), backup_id uuid not null references backups, accession text not null,
    depositor text not null, status text not null, code text, sent_at timestamptz);
  create index files_backup on files (backup_id);
  create sequence serials;`

const pool = new pg.Pool({ connectionString: process.env['ARM_DATABASE_URL'], max: 20 })
pool.on('error', () => undefined) // at the end the database may go first
const outside = openOutside(process.env)
await pool.query(tables)

type Body = { backupId: string; fileId: string; name: string; set: DataSet; isOwn: boolean; code: string }
const one = async (name: string, text: string, values: unknown[]): Promise<Record<string, unknown>> => {
  const { rows } = await pool.query<Record<string, unknown>>({ name, text, values })
  if (!rows[0]) throw new Error(`${name} found nothing`)
  return rows[0]
}

const actions: Record<string, (body: Body) => Promise<Record<string, unknown>>> = {
  create: ({ name }) => one('create', 'insert into backups (name) values ($1) returning id', [name]),
  async link({ backupId, set, isOwn }) {
    await outside.lookUp(set)
    const values = [backupId, set.accession, set.account, isOwn ? 'done' : 'pending']
    const text =
      'insert into files (backup_id, accession, depositor, status) values ($1, $2, $3, $4) returning id'
    return await one('link', text, values)
  },
  async send({ fileId, set }) {
    const code = newCode()
    await outside.mailCode(set.account, set.accession, code)
    return await one('send', 'update files set code = $2, sent_at = now() where id = $1 returning id', [
      fileId,
      code,
    ])
  },
  enter: ({ fileId, code }) =>
    one(
      'enter',
      `update files set status = 'done' where id = $1 and code = $2 and sent_at > now() - interval '48 hours'
         returning status`,
      [fileId, code],
    ),
  async submit({ backupId }) {
    const text = `update backups b set number = 'PL' || nextval('serials')
      where id = $1 and not exists (select from files where backup_id = b.id and status <> 'done')
      returning number, name`
    const { number, name } = await one('submit', text, [backupId])
    await outside.report(String(number), { name: String(name), files: 2, sizeMb: '691.2' })
    await one('acknowledge', 'update backups set acknowledged_at = now() where id = $1 returning id', [
      backupId,
    ])
    return { number }
  },
}

async function answer(request: IncomingMessage): Promise<Record<string, unknown>> {
  const action = actions[request.url?.slice(1) ?? '']
  if (!action) throw new Error(`${request.url} is unknown`)
  return await action((await readJson(request)) as Body)
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ ready: true, port: (server.address() as { port: number }).port }),
)
process.once('disconnect', () => process.exit(0))
