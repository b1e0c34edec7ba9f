/** The same request again: after restarts, after the end, after a lost answer (decision 003). */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../api/http/app.ts'
import { createBackup, discardBackup, editBackup } from '../../api/contracts/backups.ts'
import type { Contract } from '../../api/contracts/contract.ts'
import { enterCode, sendCode } from '../../api/contracts/consents.ts'
import { editFile, linkFile, listFiles, removeFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { connectBackups } from '../../api/process/temporal.ts'
import { connect } from '../../db/connect.ts'
import { findPort } from '../../local/ports.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
import { until } from '../support/stage.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
afterAll(() => stage.close())

const own = {
  ...{ dataType: 1, sampleCount: 50, mbPerSample: '2000', depositorEmail: 'a@example.cn' },
  ...{ accession: 'HRA000567', confirmDuplicate: true },
}
const others = { ...own, depositorEmail: 'depositor@example.cn', accession: 'HRA000570' }
const spare = { ...own, accession: 'HRA000568' }
async function createDraft() {
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  return done(jia, createBackup, { params: { projectId }, body: { name: '示例备份', contentTypes: ['wgs'] } })
}

type Asked = { contract: Contract; args: { params: object; body?: object; idempotencyKey: string } }
const cookie = () =>
  [...(jia.browser.cookies.get(new URL(stage.publicUrl).host) ?? [])].map((pair) => pair.join('=')).join('; ')
const asFetch = ({ contract, args }: Asked): [string, RequestInit] => [
  `/api/v1${contract.path.replace(/\{(\w+)\}/g, (_, name: string) => (args.params as Record<string, string>)[name] ?? '')}`,
  {
    method: contract.method.toUpperCase(),
    headers: {
      cookie: cookie(),
      'idempotency-key': args.idempotencyKey,
      ...(args.body && { 'content-type': 'application/json' }),
    },
    ...(args.body && { body: JSON.stringify(args.body) }),
  },
]
async function answerOf(app: { request: typeof stage.app.request }, asked: Asked) {
  const response = await app.request(...asFetch(asked))
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  return { status: response.status, body }
}
/** What may not change from one answer to the next: not the clock, not what happened since. */
const core = ({ status, body }: { status: number; body: Record<string, unknown> }) => ({
  status,
  id: body['id'],
  sentAt: body['sentAt'],
  code: body['code'],
})

/** A whole life, every command of it with a key. */
async function live() {
  const draft = await createDraft()
  const asked: Asked[] = []
  const answers: ReturnType<typeof core>[] = []
  async function ask(contract: Contract, params: object, body?: object) {
    const of: Asked = { contract, args: { params, ...(body && { body }), idempotencyKey: randomUUID() } }
    const answer = await until('it is no longer in progress', async () => {
      const now = await answerOf(stage.app, of)
      return now.status !== 202 && now
    })
    asked.push(of)
    answers.push(core(answer))
    return String(answer.body['id'])
  }
  const of = { backupId: draft.id }
  const first = await ask(linkFile, of, own)
  const second = await ask(linkFile, of, others)
  const third = await ask(linkFile, of, spare)
  await ask(removeFile, { ...of, fileId: third })
  await ask(editBackup, of, { name: '新的名字', contentTypes: ['wgs', 'array'] })
  await ask(editFile, { ...of, fileId: first }, { sampleCount: 51, mbPerSample: '2001' })
  await ask(sendCode, { ...of, fileId: second })
  const [code = ''] = stage.outside.codesTo('depositor@example.cn')
  await ask(enterCode, { ...of, fileId: second }, { code: code === '000000' ? '000001' : '000000' })
  await ask(enterCode, { ...of, fileId: second }, { code })
  return { draft, asked, answers }
}

describe('the same key answers the same', () => {
  test('after a restart of the worker and of the server, and after the number was issued', async () => {
    const { draft, asked, answers } = await live()
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 204, 200, 200, 201, 422, 200])
    const again = async (app: typeof stage.app) => {
      const all: ReturnType<typeof core>[] = []
      for (const one of asked) all.push(core(await answerOf(app, one)))
      return all
    }
    const expected = answers.map((answer, n) => {
      if (n === 2) return { ...core({ status: 404, body: {} }), code: 'NOT_FOUND' } // removed since (R24)
      return n === 7 ? (answers[8] ?? answer) : answer // any code entered at a file that is done: 200 (R28)
    })
    expect(await again(stage.app)).toEqual(expected)

    await stage.restartWorker()
    const backups = connectBackups(stage.apiConfig, stage.deps.log)
    const { db } = connect(stage.apiConfig.API_DATABASE_URL)
    const restarted = createApp({ ...stage.deps, db, backups })
    expect(await again(restarted)).toEqual(expected)
    await backups.close()
    await db.destroy()

    const files = await done(jia, listFiles, { params: { backupId: draft.id } })
    expect(files.items).toHaveLength(2)
    await done(jia, submitBackup, { params: { backupId: draft.id } })
    const workflow = stage.client.workflow.getHandle(backupProcess.workflowIdOf(draft))
    await until('closed', async () => (await workflow.describe()).status.name === 'COMPLETED')
    expect(await again(stage.app)).toEqual(expected)
    expect((await workflow.describe()).status.name, 'nothing was started for it').toBe('COMPLETED')

    // Another body under a key of then is refused as it was while the backup was a draft.
    const reused: [number, object][] = [
      [0, { ...own, sampleCount: 1 }],
      [4, { name: '别的名字', contentTypes: ['wgs', 'array'] }],
      [5, { sampleCount: 52, mbPerSample: '2001' }],
    ]
    for (const [n, body] of reused) {
      const one = asked[n]
      if (!one) throw new Error('not asked')
      const answer = await answerOf(stage.app, { ...one, args: { ...one.args, body } })
      expect([answer.status, answer.body['code']], one.contract.path).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    }
  })

  test('of a discarded backup: it is gone', async () => {
    const { id: backupId } = await createDraft()
    const edit = {
      params: { backupId },
      body: { name: '改名', contentTypes: ['wgs'] },
      idempotencyKey: randomUUID(),
    }
    await done(jia, editBackup, edit)
    const discard = { params: { backupId }, idempotencyKey: randomUUID() }
    expect((await jia.call(discardBackup, discard)).status).toBe(204)
    expect((await jia.call(discardBackup, discard)).status).toBe(204)
    expect((await jia.call(editBackup, edit)).status).toBe(404)
  })

  test('under another route the same key is another act', async () => {
    const idempotencyKey = randomUUID()
    const project = await done(jia, createProject, { body: newProject(), idempotencyKey })
    const [one, other] = [await createDraft(), await createDraft()]
    const body = { name: '同一个键', contentTypes: ['wgs'] }
    const drafts = await done(jia, createBackup, { params: { projectId: project.id }, body, idempotencyKey })
    expect(drafts.name).toBe('同一个键')
    for (const { id: backupId } of [one, other]) {
      expect((await jia.call(editBackup, { params: { backupId }, body, idempotencyKey })).status).toBe(200)
      const file = await jia.call(linkFile, { params: { backupId }, body: own, idempotencyKey })
      expect(file.status).toBe(201)
    }
    const yi = await stage.signIn('yi')
    expect((await yi.call(createProject, { body: newProject(), idempotencyKey })).status).toBe(201)
  })
})

describe('an answer that got lost', () => {
  /** Holds the backup's row, so that its command stands still in the middle of the transaction. */
  async function held(backupId: string) {
    let release: () => void = () => undefined
    const until_ = new Promise<void>((resolve) => (release = resolve))
    let isHeld: () => void = () => undefined
    const holding = new Promise<void>((resolve) => (isHeld = resolve))
    const ended = stage.owner.transaction().execute(async (trx) => {
      await trx.selectFrom('backups').select('id').where('id', '=', backupId).forUpdate().execute()
      isHeld()
      await until_
    })
    await holding
    return {
      caught: () =>
        until('a connection waits for the row', async () => {
          const { rows } = await sql`select 1 from pg_locks where not granted`.execute(stage.owner)
          return rows.length > 0
        }),
      release: async () => {
        release()
        await ended
      },
    }
  }

  test('the browser goes away in the middle: the repeat is the same act', async () => {
    const { id: backupId } = await createDraft()
    const asked: Asked = {
      contract: linkFile,
      args: { params: { backupId }, body: own, idempotencyKey: randomUUID() },
    }
    const row = await held(backupId)
    const [path, init] = asFetch(asked)
    const leaving = new AbortController()
    const lost = fetch(`${stage.publicUrl}${path}`, { ...init, signal: leaving.signal })
    await row.caught()
    leaving.abort()
    await expect(lost).rejects.toThrow()
    await row.release()
    const answers = [await answerOf(stage.app, asked), await answerOf(stage.app, asked)]
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect((await done(jia, listFiles, { params: { backupId } })).items).toHaveLength(1)
    expect(await auditOf(backupId)).toEqual(['backupCreated', 'fileAddedAndChecked'])
  })

  test('the server is killed between the command and its answer', async () => {
    const { id: backupId } = await createDraft()
    const asked: Asked = {
      contract: editBackup,
      args: {
        params: { backupId },
        body: { name: '改一次', contentTypes: ['wgs'] },
        idempotencyKey: randomUUID(),
      },
    }
    const port = await findPort()
    const env: [string, string][] = Object.entries(stage.apiConfig).map(([name, value]) => [
      name,
      String(value),
    ])
    const server = spawn(process.execPath, ['api/main.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, ...Object.fromEntries<string>(env), PORT: String(port) },
      stdio: 'ignore',
    })
    const address = `http://127.0.0.1:${port}`
    await until('it listens', () => fetch(`${address}/healthz`).catch(() => undefined), 40_000)
    const row = await held(backupId)
    const [path, init] = asFetch(asked)
    const lost = fetch(`${address}${path}`, init)
    lost.catch(() => undefined)
    await row.caught()
    server.kill('SIGKILL')
    await expect(lost).rejects.toThrow()
    await row.release()
    const answer = await answerOf(stage.app, asked)
    expect(answer).toMatchObject({ status: 200, body: { name: '改一次', version: 2 } })
    expect(await auditOf(backupId)).toEqual(['backupCreated', 'backupEdited'])
  }, 60_000)

  test('the database’s “committed” gets lost: 503, and the repeat finds what was created', async () => {
    const address = new URL(stage.apiConfig.API_DATABASE_URL)
    const deaf = await startDeafProxy(Number(address.port))
    address.port = String(deaf.port)
    const { db } = connect(address.href)
    const app = createApp({ ...stage.deps, db })
    const body = newProject()
    const asked: Asked = {
      contract: createProject,
      args: { params: {}, body, idempotencyKey: randomUUID() },
    }
    deaf.loseNextCommit()
    const lost = await answerOf(app, asked)
    expect(lost).toMatchObject({ status: 503, body: { code: 'PROCESS_UNAVAILABLE' } })
    const found = await done(jia, listProjects, { query: { q: body.name } })
    expect(found.total, 'it was committed').toBe(1)
    const answer = await answerOf(app, asked)
    expect(answer).toMatchObject({ status: 201, body: { id: found.items[0]?.id } })
    expect((await done(jia, listProjects, { query: { q: body.name } })).total).toBe(1)
    await db.destroy()
    deaf.close()
  })

  const auditOf = async (backupId: string) => {
    const rows = await stage.owner
      .selectFrom('audit')
      .select('action')
      .where('backupId', '=', backupId)
      .orderBy('id')
      .execute()
    return rows.map(({ action }) => action)
  }
})

/** Passes everything on, but once: the server commits, and the client gets no answer. */
async function startDeafProxy(to: number) {
  let isArmed = false
  const server = createServer((client) => {
    const database = connectSocket(to, '127.0.0.1')
    let isDeaf = false
    client.on('data', (data) => {
      if (isArmed && /commit/i.test(data.toString('latin1'))) {
        isArmed = false
        isDeaf = true
      }
      database.write(data)
    })
    database.on('data', (data) => {
      if (isDeaf) return client.destroy()
      client.write(data)
    })
    client.on('close', () => database.destroy())
    database.on('close', () => client.destroy())
    for (const socket of [client, database]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    loseNextCommit: () => (isArmed = true),
    close: () => server.close(),
  }
}
