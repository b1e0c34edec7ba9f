/** A process proves its keys before it works: in the database, and as real processes. */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { connect, type Db } from '../../db/connect.ts'
import { proveKeys } from '../../db/key-canaries.ts'
import { findPort } from '../../local/ports.ts'
import { canariesOf } from '../../runtime/keys.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let api: Db
beforeAll(async () => {
  database = await createDatabase()
  api = connect(database.url('hgrip_api')).db
})
afterAll(async () => {
  await api.destroy()
  await database.close()
})

const key = () => randomBytes(32).toString('base64')
const prove = (db: Db, ring: string, keys: string) =>
  proveKeys(db, canariesOf({ [ring]: keys }), () => undefined)

describe('the canary of a key', () => {
  it('is kept at its first use, for every role; another key under its id is refused in one line', async () => {
    const [ring, one, two] = [randomUUID(), key(), key()]
    await prove(api, ring, `k1:${one}`)
    await prove(database.db, ring, `k1:${one}`)
    await prove(database.db, ring, `k2:${two},k1:${one}`)
    await prove(api, ring, `k2:${two}`) // k1 was taken away
    for (const db of [api, database.db]) {
      const wrong = prove(db, ring, `k2:${one},k1:${two},k3:${key()}`)
      await expect(wrong).rejects.toThrow(
        `Configuration is wrong: ${ring}: k1 is not the key that had this id before; ${ring}: k2 is not`,
      )
    }
    await prove(api, randomUUID(), `k1:${two}`) // of another ring
  })
  it('of two processes that bring another key under one new id at once, one is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const ring = randomUUID()
      const rings = [`a:${key()},b:${key()}`, `b:${key()},a:${key()}`]
      const ended = await Promise.allSettled(rings.map((keys, i) => prove(i ? api : database.db, ring, keys)))
      expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1)
      const again = `a:${key()}`
      await Promise.all([api, database.db, api].map((db) => prove(db, `${ring} again`, again)))
    }
  })
  it('cannot be changed or taken away by the running product', async () => {
    for (const db of [api, database.db]) {
      await expect(db.deleteFrom('keyCanaries').execute()).rejects.toThrow('permission denied')
      await expect(db.updateTable('keyCanaries').set({ ring: 'x' }).execute()).rejects.toThrow(
        'permission denied',
      )
    }
  })
  it('a database that does not answer is asked again', async () => {
    const url = new URL(database.url('hgrip_api'))
    url.port = String(await findPort())
    const { db } = connect(url.href)
    let asked = 0
    const waiting = proveKeys(db, canariesOf({ K: `k1:${key()}` }), () => {
      asked += 1
      if (asked === 2) throw new Error('enough')
    })
    await expect(waiting).rejects.toThrow('enough')
    await db.destroy()
  })
})

describe('a process with a wrong key', () => {
  const right = { PAYLOAD_KEYS: `k1:${key()}`, CODE_KEYS: `k1:${key()}` }
  async function start(script: string, keys: Record<string, string>) {
    const child = spawn(process.execPath, [script], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...{ PATH: process.env['PATH'], NODE_ENV: 'production', LOG_LEVEL: 'info', PAGES: 'elsewhere' },
        WORKER_DATABASE_URL: database.url('hgrip_worker'),
        API_DATABASE_URL: database.url('hgrip_api'),
        ...{ TEMPORAL_ADDRESS: inject('temporal').address, TEMPORAL_NAMESPACE: inject('temporal').namespace },
        ...{ TEMPORAL_TASK_QUEUE: randomUUID(), WORKFLOW_BUNDLE: inject('bundle'), PORT: '0' },
        ...{ PUBLIC_URL: 'http://localhost:1', OIDC_ISSUER: 'http://localhost:1', OIDC_CLIENT_ID: 'x' },
        ...{ OIDC_CLIENT_SECRET: 'x', REPOSITORIES_URL: 'http://localhost:1', REPOSITORIES_TOKEN: 'x' },
        ...{ REPORT_URL: 'http://localhost:1', REPORT_TOKEN: 'x', SMTP_URL: 'smtp://localhost:1' },
        ...keys,
      },
    })
    const [out, errors] = [text(child.stdout), text(child.stderr)]
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
    const works = new Promise<'works'>((resolve) => {
      child.stdout.on('data', (said) => /listening|the worker polls/.test(String(said)) && resolve('works'))
    })
    const outcome = await Promise.race([ended, works])
    child.kill('SIGKILL')
    await ended
    return { outcome, out: await out, errors: await errors }
  }

  it.each(['worker/main.ts', 'api/main.ts'])(
    '%s refuses to start, and says so in one line; with the right one it works',
    async (script) => {
      expect(await start(script, right)).toMatchObject({ outcome: 'works', errors: '' })
      for (const ring of ['PAYLOAD_KEYS', 'CODE_KEYS']) {
        const { outcome, out, errors } = await start(script, { ...right, [ring]: `k1:${key()}` })
        expect(outcome).toBe(1)
        expect(errors).toBe(`Configuration is wrong: ${ring}: k1 is not the key that had this id before\n`)
        expect(out).toBe('')
      }
      const added = { ...right, PAYLOAD_KEYS: `${right.PAYLOAD_KEYS},k-${randomUUID()}:${key()}` }
      expect(await start(script, added)).toMatchObject({ outcome: 'works' })
    },
    60_000,
  )
})
