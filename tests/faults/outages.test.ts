/** What the product stands on goes away for a while; afterwards everything moves again by itself (R54). */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProduct, type Product, type Visitor } from '../support/product.ts'
import { until } from '../support/stage.ts'
import { listWorkflows } from './gather.ts'

/** `npm test` is short of time; a minute or more is asked for by OUTAGE_SECONDS. */
const outageMs = Number(process.env['OUTAGE_SECONDS'] ?? 15) * 1000
const movesWithin = 60_000
const long = outageMs + 180_000

const clockFile = join(mkdtempSync(join(tmpdir(), 'hgrip-clock-')), 'wrong-by')
const wrongClock = pathToFileURL(join(import.meta.dirname, '../support/wrong-clock.mjs')).href

let product: Product
let jia: Visitor
beforeAll(async () => {
  writeFileSync(clockFile, '0')
  product = await startProduct({
    env: { NODE_OPTIONS: `--import=${wrongClock}`, WRONG_CLOCK: clockFile },
  })
  jia = await product.signIn('jia')
}, 300_000)
afterAll(() => product.stop(), 60_000)

const own = { dataType: 1, sampleCount: 50, mbPerSample: '2000', depositorEmail: 'a@example.cn', accession: 'HRA000567' } // prettier-ignore
const others = { ...own, depositorEmail: 'depositor@example.cn', accession: 'HRA000570' }

async function draft(): Promise<string> {
  await product.forgetMails()
  const name = `示例项目 ${randomUUID()}`
  const body = { name, leadName: '示例甲', leadEmail: 'a@example.cn', agreed: true }
  const project = await jia.insist('POST', '/projects', body)
  const path = `/projects/${String(project.body['id'])}/backups`
  const backup = await jia.insist('POST', path, { name: '示例备份', contentTypes: ['wgs'] })
  expect(backup.status).toBe(201)
  return String(backup.body['id'])
}
async function link(backup: string, file: object): Promise<string> {
  const linked = await jia.insist('POST', `/backups/${backup}/files`, { ...file, confirmDuplicate: true })
  expect(linked.status).toBe(201)
  return String(linked.body['id'])
}
const rowOf = async (backup: string) => {
  const [row] = await product.query('select * from backups where id = $1', [backup])
  return row ?? {}
}
const actionsOf = async (backup: string) => {
  const rows = await product.query('select action from audit where backup_id = $1 order by id', [backup])
  return rows.map(({ action }) => action)
}

/** Asks again and again during the outage; returns every status that was answered. */
async function statusesDuring(ask: () => Promise<{ status: number }>): Promise<Set<number>> {
  const seen = new Set<number>()
  for (const end = Date.now() + outageMs; Date.now() < end; await pause(500)) seen.add((await ask()).status)
  return seen
}

async function moves(): Promise<void> {
  const backup = await draft()
  await link(backup, own)
  const submitted = await jia.insist('POST', `/backups/${backup}/submission`)
  expect(submitted).toMatchObject({
    status: 200,
    body: { number: expect.stringMatching(/^BF\d{13,}$/) as string },
  })
  await until('it is told', async () => (await rowOf(backup))['report_acknowledged'] === 1, movesWithin)
}

describe('R33 Postgres is killed in mid-transaction and stays away', () => {
  it(
    'and what was sent comes to its end, once, within a minute of its return',
    async () => {
      const backup = await draft()
      await link(backup, own)
      const frozen = await product.freeze('select 1 from backups where id = $1 for update', [backup])
      await frozen.held()
      const lost = jia.once('POST', `/backups/${backup}/submission`).catch(() => undefined)
      await frozen.caught()
      const release = await product.away('postgres')
      await frozen.release().catch(() => undefined)
      const [reads, writes] = await Promise.all([
        statusesDuring(() => jia.once('GET', `/backups/${backup}`)),
        statusesDuring(() => jia.once('POST', `/backups/${backup}/submission`)),
      ])
      expect([...reads, ...writes].filter((status) => ![503, 202].includes(status))).toEqual([])
      await lost
      await release()
      const back = Date.now()
      const submitted = await jia.insist('POST', `/backups/${backup}/submission`)
      expect(submitted.status).toBe(200)
      await until('it is told', async () => (await rowOf(backup))['report_acknowledged'] === 1, movesWithin)
      expect(Date.now() - back).toBeLessThan(movesWithin)
      expect(await actionsOf(backup)).toEqual([
        'backupCreated',
        'fileAddedAndChecked',
        'numberIssued',
        'numberSynced',
      ])
      await moves()
    },
    long,
  )
})

describe('R21, R54 Temporal is killed and stays away', () => {
  it(
    'reading and creating go on, nothing that was accepted is lost',
    async () => {
      const [checked, written] = [await draft(), await draft()]
      await product.fault('GSA-Human', { mode: 'down' })
      const waiting = await jia.once('POST', `/backups/${checked}/files`, { ...own, confirmDuplicate: true })
      expect(waiting.status).toBe(202)
      const release = await product.away('temporal')
      await product.fault('GSA-Human', { mode: 'ok' })
      const begun = await draft() // needs no process
      const file = { ...own, confirmDuplicate: true }
      const key = randomUUID()
      const [reads, writes] = await Promise.all([
        statusesDuring(() => jia.once('GET', `/backups/${checked}/files`)),
        statusesDuring(() => jia.once('POST', `/backups/${written}/files`, file, key)),
      ])
      expect([...reads]).toEqual([200])
      expect([...writes].filter((status) => ![503, 202].includes(status))).toEqual([])
      await release()
      const back = Date.now()
      const linked = await jia.insist('POST', `/backups/${written}/files`, file, key)
      expect(linked).toMatchObject({ status: 201, body: { status: 'done' } })
      expect(
        (await actionsOf(written)).filter((action) => String(action).startsWith('fileAdded')),
      ).toHaveLength(1)
      await until(
        'the check is done, the new draft has its process',
        async () => {
          const { body } = await jia.once('GET', `/backups/${checked}/files`)
          const [first] = body['items'] as { status: string }[]
          return first?.status === 'done' && Number((await rowOf(begun))['seen_version']) > 0
        },
        movesWithin,
      )
      expect(Date.now() - back).toBeLessThan(movesWithin)
      await moves()
    },
    long,
  )
})

describe('R54 other clients take every connection of the database', () => {
  it(
    'and the product goes on when they are given back',
    async () => {
      const backup = await draft()
      const taken = await takeConnections()
      const statuses = await statusesDuring(() => jia.once('GET', `/backups/${backup}`))
      expect([...statuses]).toEqual([503])
      await Promise.all(taken.map((client) => client.end().catch(() => undefined)))
      const back = Date.now()
      await link(backup, own)
      expect(Date.now() - back).toBeLessThan(movesWithin)
      await moves()
    },
    long,
  )
})

/** All of them: those that are free, then those that the product had. */
async function takeConnections(): Promise<pg.Client[]> {
  const { hgrip_migrate: password } = JSON.parse(
    readFileSync(join(product.folder, 'postgres/passwords.json'), 'utf8'),
  ) as { hgrip_migrate: string }
  const { postgres: port } = JSON.parse(readFileSync(join(product.folder, 'ports.json'), 'utf8')) as {
    postgres: number
  }
  const taken: pg.Client[] = []
  async function takeAll(): Promise<void> {
    for (;;) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        database: 'hgrip',
        user: 'hgrip_migrate',
        password,
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        taken.push(client)
      } catch {
        return
      }
    }
  }
  await until('the test has every connection', async () => {
    await takeAll()
    const [left] = await product.query<{ left: number }>(
      `select count(pg_terminate_backend(pid))::int as left from pg_stat_activity
         where usename in ('hgrip_api', 'hgrip_worker')`,
    )
    await takeAll()
    return left?.left === 0
  })
  return taken
}

describe('R27, R54 the Temporal server is restarted on its store', () => {
  it(
    'the same run goes on: the code that was sent is good, the number follows',
    async () => {
      const backup = await draft()
      const fileId = await link(backup, others)
      const path = `/backups/${backup}/files/${fileId}`
      expect((await jia.insist('POST', `${path}/code`)).status).toBe(201)
      const workflowId = `backup-${String((await rowOf(backup))['reference'])}`
      const before = await runsOf(workflowId)
      product.kill('temporal', 'worker')
      await product.ready()
      const [mail] = await product.messagesTo('depositor@example.cn')
      const [, code] = /验证码为：(\d{6})/.exec(mail?.text ?? '') ?? []
      const entered = await jia.insist('POST', `${path}/verification`, { code })
      expect(entered).toMatchObject({ status: 200, body: { status: 'done' } })
      expect((await jia.insist('POST', `/backups/${backup}/submission`)).status).toBe(200)
      await until('it is told', async () => (await rowOf(backup))['report_acknowledged'] === 1, movesWithin)
      expect(await runsOf(workflowId)).toEqual(before)
      await moves()
    },
    long,
  )
})

async function runsOf(workflowId: string): Promise<string[]> {
  const { temporal } = JSON.parse(readFileSync(join(product.folder, 'ports.json'), 'utf8')) as {
    temporal: number
  }
  const connection = await Connection.connect({ address: `127.0.0.1:${temporal}` })
  try {
    const listed = await listWorkflows(connection)
    return listed.flatMap(({ workflow }) => (workflow.workflowId === workflowId ? [workflow.runId] : []))
  } finally {
    await connection.close()
  }
}

describe('R27, R33 the clock of API and worker is set wrong by ten minutes', () => {
  const minutes = 60_000
  afterAll(() => writeFileSync(clockFile, '0'))

  it.each([
    ['early', -10 * minutes],
    ['late', 10 * minutes],
  ])(
    'too %s: the rules keep the time of database and process, and no person has to wait longer',
    async (_, wrongBy) => {
      const begun = await draft()
      writeFileSync(clockFile, String(wrongBy))
      for (const process of ['api', 'worker'])
        await until(`the clock of ${process} is wrong`, async () => {
          await jia.once('PATCH', `/backups/${begun}`, {
            name: `示例备份 ${randomUUID()}`,
            contentTypes: ['wgs'],
          })
          const log = readFileSync(join(product.folder, `logs/${process}.log`), 'utf8')
          const time =
            log
              .match(/"time":"([^"]+)"/g)
              ?.at(-1)
              ?.slice(8, -1) ?? ''
          return Math.abs(Date.parse(time) - Date.now() - wrongBy) < minutes
        })
      const { body: session } = await jia.once('GET', '/session')
      expect(Math.abs(Date.parse(String(session['serverNow'])) - Date.now())).toBeLessThan(minutes)
      await product.ready()
      await product.signIn('jia')

      const fileId = await link(begun, others)
      const path = `/backups/${begun}/files/${fileId}`
      expect((await jia.insist('POST', `${path}/code`)).status).toBe(201)
      const [times] = await product.query<{ since: number; lifetime: number }>(
        `select extract(epoch from clock_timestamp() - sent_at)::float8 as since,
           extract(epoch from expires_at - sent_at)::float8 as lifetime from consents where file_id = $1`,
        [fileId],
      )
      expect(times?.lifetime).toBe(48 * 3600)
      expect(times?.since).toBeGreaterThan(-1)
      expect(times?.since).toBeLessThan(60)
      // R27: 5 minutes are 5 minutes.
      expect(await jia.insist('POST', `${path}/code`)).toMatchObject({
        status: 429,
        body: { code: 'CODE_TOO_SOON' },
      })
      const mails = await product.messagesTo(others.depositorEmail)
      const mail = mails.find(({ messageId }) => messageId.includes(fileId))
      const [, code] = /验证码为：(\d{6})/.exec(mail?.text ?? '') ?? []
      expect(await jia.insist('POST', `${path}/verification`, { code })).toMatchObject({ status: 200 })
      await moves()
      expect((await jia.insist('POST', `/backups/${begun}/submission`)).status).toBe(200)

      writeFileSync(clockFile, '0')
      await product.ready()
      await moves()
    },
    long,
  )
})
