/**
 * The drill of docs/deployment.md: numbers are issued while the report system is away, then the database is lost and
 * restored. A real base backup with archived WAL, a real Temporal server, a real worker.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCluster, type Postgres, startPostgres } from '../../local/postgres.ts'
import { migrate } from '../../migrations/migrate.ts'
import { afterRestore, type Lost } from '../../ops/after-restore.ts'
import { openDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, type Draft, ownFile } from '../support/factories.ts'
import { startStage, type Stage, until } from '../support/stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'hgrip-restore-'))
const [dataDir, base, archive] = ['server', 'base', 'archive'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
]
const data = () => openCluster(dataDir).data
const archiving = {
  archive_mode: 'on',
  archive_command: `cp %p '${archive}/%f'`,
  restore_command: `cp '${archive}/%f' %p`,
}

let postgres: Postgres
let database: TestDatabase
let stage: Stage
/** The numbers that people were given before the loss. */
let given: string[] = []
let drafts: Draft[] = []

beforeAll(async () => {
  mkdirSync(archive)
  postgres = await startPostgres({ dataDir, settings: archiving })
  await migrate(postgres.url('hgrip_migrate'))
  database = openDatabase((role) => postgres.url(role))
  stage = await startStage({ database, ownNamespace: true })
  drafts = await Promise.all(Array.from({ length: 20 }, () => ready()))
  await takeBaseBackup()
  stage.outside.faults.set(['report'], { mode: 'down' })
  for (const draft of drafts) expect(await submit(draft)).toEqual({ ok: true })
  given = await numbers()
  expect(given).toHaveLength(20)
  await asSuperuser(async (client) => {
    await client.query('select pg_switch_wal()')
    await client.query('checkpoint')
  })
  await stage.stopWorker()
  await postgres.stop()
  stage.outside.faults.set(['report'], { mode: 'ok' })
}, 180_000)
afterAll(async () => {
  await stage.close() // with the pools of its database
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function ready(): Promise<Draft> {
  const draft = await createDraft(database.owner)
  await stage.start(draft)
  expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
  return draft
}
const submit = (draft: Draft) => stage.say(draft, 'submit', {}, { key: randomUUID() })
async function numbers(): Promise<string[]> {
  const rows = await database.owner.selectFrom('numbers').select('number').execute()
  return rows.map(({ number }) => number)
}

async function asSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url('postgres', 'postgres') })
  await client.connect()
  await work(client).finally(() => client.end())
}

/** With owners and modes; of a server that runs, files may vanish meanwhile, which its WAL makes good. */
const copy = (from: string, to: string) => void spawnSync('cp', ['-a', from, to])

/** What pg_basebackup does, which the Postgres of the packages does not bring. */
async function takeBaseBackup(): Promise<void> {
  await asSuperuser(async (client) => {
    await client.query(`select pg_backup_start('drill', true)`)
    copy(data(), base)
    rmSync(join(base, 'postmaster.pid'))
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop()')
    writeFileSync(join(base, 'backup_label'), rows[0]?.labelfile ?? '')
  })
}

/** Starts a server on the base backup. `until`: how much of the archive it replays. */
async function restore(replayed: 'the end of the base backup' | 'the end of the archive'): Promise<void> {
  await postgres.stop()
  rmSync(data(), { recursive: true, force: true })
  copy(base, data())
  appendFileSync(join(data(), 'recovery.signal'), '')
  const early = replayed === 'the end of the base backup'
  const target = early ? { recovery_target: 'immediate', recovery_target_action: 'promote' } : {}
  // What is written after the restore has an archive of its own in real life.
  const settings = { ...archiving, ...target, archive_mode: 'off' }
  postgres = await startPostgres({ dataDir, port: postgres.port, settings }) // the pools find it again
  await until('it has been promoted', async () => {
    const client = new pg.Client({ connectionString: postgres.url('hgrip_migrate') })
    await client.connect()
    const { rows } = await client.query<{ busy: boolean }>('select pg_is_in_recovery() as busy')
    await client.end()
    return rows[0]?.busy === false
  })
}

const config = (
  more: { ARCHIVE_DATABASE_URL?: string; PAYLOAD_KEYS?: string; REPORT_URL?: string } = {},
) => ({
  ...stage.config,
  MIGRATE_DATABASE_URL: postgres.url('hgrip_migrate'),
  ...more,
})
async function run(lost?: Lost, more?: Parameters<typeof config>[0]) {
  const said: string[] = []
  const done = await afterRestore(config(more), lost, (line) => said.push(line))
  return { ...done, said: said.join('\n') }
}
const gaps = () => database.owner.selectFrom('numberGaps').selectAll().execute()
const serial = (number: string): number => Number(number.slice('BFyyyymmdd'.length))

describe('R33 no number is issued twice after a restore', () => {
  it('the archive is replayed to its end: every number is there', async () => {
    await restore('the end of the archive')
    expect((await numbers()).sort()).toEqual(given.toSorted())
    const { missing, next } = await run({ temporal: true })
    expect(missing).toEqual([])
    expect(serial(next)).toBeGreaterThan(1_000)
  })

  it('the restore stops early, Temporal is lost: an archive replayed elsewhere knows them', async () => {
    await restore('the end of the archive')
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(join(elsewhere, 'postgres'), { recursive: true })
    await postgres.stop()
    cpSync(join(dataDir, 'postgres', 'passwords.json'), join(elsewhere, 'postgres', 'passwords.json'))
    copy(data(), openCluster(elsewhere).data)
    const other = await startPostgres({ dataDir: elsewhere })
    await restore('the end of the base backup')
    expect(await numbers()).toEqual([])
    const lost = { temporal: true }
    const { missing } = await run(lost, { ARCHIVE_DATABASE_URL: other.url('hgrip_migrate') })
    expect(missing).toEqual(given.toSorted())
    await other.stop()
  })

  it('only Temporal remembers them, as the report system was away: the same drafts get other numbers', async () => {
    await restore('the end of the base backup')
    expect(await numbers()).toEqual([])
    const { missing, next, said } = await run()
    expect(missing).toEqual(given.toSorted())
    expect(said).toContain(`Temporal: 20 since`)
    expect(serial(next)).toBe(2_001)
    expect(await gaps()).toMatchObject([{ first: 1, last: 2_000, missing }])

    // Twice is once.
    expect((await run()).next).toBe(next)
    expect(await gaps()).toHaveLength(1)

    await stage.restartWorker()
    for (const draft of drafts) {
      await until('its process is back', () =>
        stage.say(draft, 'submit', {}).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
    }
    const now = await numbers()
    expect(now).toHaveLength(20)
    expect(now.filter((number) => given.includes(number))).toEqual([])
    await until('the report system knows them', () =>
      Promise.resolve(stage.outside.report.backups().length === 20),
    )
    await stage.stopWorker()
  })

  it('what only the report system knows is skipped too, and a day is not the next one’s', async () => {
    const today = (await numbers())[0]?.slice(0, 10) ?? ''
    const tell = (number: string) =>
      fetch(`${stage.config.REPORT_URL}/backups/${number}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${stage.config.REPORT_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version: 1, name: '示例', unit: {}, custodian: {}, files: 1, sizeMb: '1' }),
      })
    await tell(`${today}07321`)
    await tell('BF2025010199999')
    const { next, missing } = await run()
    expect(next).toBe(`${today}09001`)
    expect(missing).toContain(`${today}07321`)
    expect(missing).not.toContain('BF2025010199999')
  })
})

describe('nothing is written', () => {
  it('while somebody who should be asked does not answer, or answers nonsense', async () => {
    const before = await gaps()
    for (const mode of ['down', 'error', 'wrong'] as const) {
      stage.outside.faults.set(['report'], { mode })
      await expect(run()).rejects.toThrow('report system')
    }
    stage.outside.faults.set(['report'], { mode: 'ok' })
    await expect(
      run({}, { PAYLOAD_KEYS: `test:${Buffer.alloc(32, 'other').toString('base64')}` }),
    ).rejects.toThrow('PAYLOAD_KEYS')
    expect(await gaps()).toEqual(before)
  })

  it('while API or workers use the database', async () => {
    await stage.restartWorker()
    await expect(run()).rejects.toThrow('stop them first')
    await stage.stopWorker()
  })
})
