/** kill -9 of real processes in the middle of everything; what was acknowledged stays, once (issue of R21, R25–R37). */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startProduct, type Product, type Visitor } from '../support/product.ts'
import { until } from '../support/stage.ts'

let product: Product
let jia: Visitor
beforeAll(async () => {
  product = await startProduct()
  jia = await product.signIn('jia')
}, 300_000)
afterAll(() => product.stop(), 60_000)
afterEach(async () => {
  await product.ready()
  for (const target of ['repository', 'mail', 'report']) await product.fault(target, { mode: 'ok' })
}, 90_000)

const file = {
  dataType: 1,
  sampleCount: 50,
  mbPerSample: '2000',
  depositorEmail: 'a@example.cn',
  accession: 'HRA000567',
}

async function draft(): Promise<string> {
  const project = await jia.insist('POST', '/projects', {
    name: `示例项目 ${randomUUID()}`,
    leadName: '示例甲',
    leadEmail: 'a@example.cn',
    agreed: true,
  })
  const backup = await jia.insist('POST', `/projects/${String(project.body['id'])}/backups`, {
    name: '示例备份',
    contentTypes: ['wgs'],
  })
  expect(backup.status).toBe(201)
  return String(backup.body['id'])
}
async function pendingFile(): Promise<{ backup: string; path: string; fileId: string }> {
  await product.forgetMails()
  const backup = await draft()
  const linked = await jia.insist('POST', `/backups/${backup}/files`, {
    ...file,
    depositorEmail: depositor,
    accession: 'HRA000570',
    confirmDuplicate: true,
  })
  expect(linked).toMatchObject({ status: 201, body: { status: 'pending' } })
  const fileId = String(linked.body['id'])
  return { backup, fileId, path: `/backups/${backup}/files/${fileId}` }
}
const depositor = 'depositor@example.cn'
const codeIn = ({ text }: { text: string }): string => /您的验证码为：(\d{6})/.exec(text)?.[1] ?? ''
const codes = async () => (await product.messagesTo(depositor)).map(codeIn)
/** Of this file: copies of an earlier one's mail may come later than its test. */
const mailsOf = async (fileId: string) =>
  (await product.messagesTo(depositor)).filter(({ messageId }) => messageId.includes(fileId))
const consentOf = async (fileId: string) => {
  const [row] = await product.query('select * from consents where file_id = $1', [fileId])
  return row ?? {}
}
const auditOf = async (backup: string) => {
  const rows = await product.query<{ action: string }>(
    'select action from audit where backup_id = $1 order by id',
    [backup],
  )
  return rows.map(({ action }) => action)
}

describe('R33, R37 everything is killed between the commit of the number and what the workflow knows of it', () => {
  it('and it is acknowledged by itself within 90 s, once', async () => {
    const backup = await draft()
    const linked = await jia.insist('POST', `/backups/${backup}/files`, { ...file, confirmDuplicate: true })
    expect(linked).toMatchObject({ status: 201, body: { status: 'done' } })
    await product.fault('report', { mode: 'slow', ms: 20_000 })
    const lost = jia.once('POST', `/backups/${backup}/submission`).catch(() => undefined)
    const numberOf = async () => {
      const [row] = await product.query('select number, report_acknowledged from backups where id = $1', [
        backup,
      ])
      return row
    }
    await until('the number is committed', async () => (await numberOf())?.['number'] != null)
    product.kill('worker', 'temporal', 'api')
    await lost
    await product.fault('report', { mode: 'ok' })
    await until('it is acknowledged', async () => (await numberOf())?.['report_acknowledged'] === 1, 90_000)
    const number = (await numberOf())?.['number']
    const reports = (await product.reported()).filter((report) => report['number'] === number)
    expect(reports).toHaveLength(1)
    expect(await auditOf(backup)).toEqual([
      'backupCreated',
      'fileAddedAndChecked',
      'numberIssued',
      'numberSynced',
    ])
    await product.ready()
    const again = await jia.insist('POST', `/backups/${backup}/submission`)
    expect(again).toMatchObject({ status: 200, body: { number } })
  }, 150_000)
})

/** Where the worker stands still when it is killed; `hold` returns once it has been caught there. */
type Point = { name: string; hold: (of: { backup: string; fileId: string }) => Promise<() => Promise<void>> }

const rowLock = 'select 1 from backups where id = $1 for update'
const auditLock = 'select 1 from audit_heads h join backups b using (unit_id) where b.id = $1 for update of h'

const sending: Point[] = [
  {
    name: 'before the intent',
    hold: ({ backup }) => heldThenCaught(rowLock, [backup]),
  },
  {
    name: 'before the intent is committed',
    hold: () => heldThenCaught('lock table commands in exclusive mode'),
  },
  {
    name: 'before DATA',
    async hold() {
      const commit = await product.freeze('lock table commands in exclusive mode')
      await commit.held()
      return async () => {
        await commit.caught()
        const attempt = await product.freeze('lock table owed in access exclusive mode')
        await commit.release()
        await attempt.held()
        await attempt.caught()
        product.kill('worker')
        await attempt.release()
      }
    },
  },
  {
    name: 'in DATA',
    async hold({ fileId }) {
      await product.fault('mail', { mode: 'slow', ms: 15_000 })
      return async () => {
        await until('an attempt runs', async () => (await triesOf(fileId)) > 0)
        product.kill('worker')
        await product.fault('mail', { mode: 'ok' })
      }
    },
  },
  {
    name: 'after DATA, before the outcome is kept',
    hold: (of) => afterData(of, 'lock table owed in access exclusive mode', []),
  },
  {
    name: 'when the outcome is kept, before the acceptance',
    hold: (of) => afterData(of, rowLock, [of.backup]),
  },
  {
    name: 'before the acceptance is committed',
    hold: (of) => afterData(of, auditLock, [of.backup]),
  },
]

const triesOf = async (fileId: string): Promise<number> => {
  const [row] = await product.query<{ tries: number }>(`select tries from owed where key like $1`, [
    `mail/${fileId}/%`,
  ])
  return row?.tries ?? 0
}

/** Takes the lock now; later waits for the worker to stand before it, kills it and lets go. */
async function heldThenCaught(lock: string, values: unknown[] = []): Promise<() => Promise<void>> {
  const frozen = await product.freeze(lock, values)
  await frozen.held()
  return async () => {
    await frozen.caught()
    product.kill('worker')
    await frozen.release()
  }
}

/** Lets the mail server take its time, takes the lock while it does, and kills when the mail has arrived. */
async function afterData({ fileId }: { fileId: string }, lock: string, values: unknown[]) {
  await product.fault('mail', { mode: 'slow', ms: 1_000 })
  return async () => {
    await until('an attempt runs', async () => (await triesOf(fileId)) > 0)
    const frozen = await product.freeze(lock, values)
    await frozen.held()
    await until('the mail is there', async () => (await mailsOf(fileId)).length > 0)
    await frozen.caught()
    product.kill('worker')
    await product.fault('mail', { mode: 'ok' })
    await frozen.release()
  }
}

describe('R25–R27 the worker is killed while it sends a code', () => {
  it.each(sending)('$name: one generation, one code', async ({ hold }) => {
    const of = await pendingFile()
    const killWhenCaught = await hold(of)
    const key = randomUUID()
    const first = jia.once('POST', `${of.path}/code`, undefined, key).catch(() => undefined)
    await killWhenCaught()
    await first
    const sent = await jia.insist('POST', `${of.path}/code`, undefined, key)
    expect(sent.status).toBe(201)
    expect(await consentOf(of.fileId)).toMatchObject({ status: 'sent', generation: 1, wrong_tries: 0 })
    const mails = await mailsOf(of.fileId)
    const ids = new Set(mails.map((mail) => mail.messageId))
    expect([...ids]).toEqual([expect.stringContaining(`code.${of.fileId}.1@`)])
    const [code = ''] = mails.map(codeIn)
    expect(await jia.insist('POST', `${of.path}/verification`, { code })).toMatchObject({
      status: 200,
      body: { status: 'done' },
    })
    const once = ['codeRequested', 'codeSent', 'fileAuthorised']
    expect((await auditOf(of.backup)).filter((action) => once.includes(action))).toEqual(once)
  })
})

describe('R28 the worker is killed while a code is entered', () => {
  const entering: Point[] = [
    { name: 'before it is compared', hold: ({ backup }) => heldThenCaught(rowLock, [backup]) },
    { name: 'after it was compared', hold: ({ backup }) => heldThenCaught(auditLock, [backup]) },
  ]
  const cases = entering.flatMap((point) => [
    { ...point, right: true },
    { ...point, right: false },
  ])
  it.each(cases)('$name (right: $right): counted once', async ({ hold, right }) => {
    const of = await pendingFile()
    expect((await jia.insist('POST', `${of.path}/code`)).status).toBe(201)
    const [newest = ''] = await codes()
    const code = right ? newest : String((Number(newest) + 1) % 1_000_000).padStart(6, '0')
    const killWhenCaught = await hold(of)
    const key = randomUUID()
    const first = jia.once('POST', `${of.path}/verification`, { code }, key).catch(() => undefined)
    await killWhenCaught()
    await first
    const answer = await jia.insist('POST', `${of.path}/verification`, { code }, key)
    if (right) expect(answer).toMatchObject({ status: 200, body: { status: 'done' } })
    else expect(answer).toMatchObject({ status: 422, body: { code: 'CODE_WRONG', params: { triesLeft: 4 } } })
    expect((await consentOf(of.fileId))['wrong_tries']).toBe(right ? 0 : 1)
  })
})

describe('R21 everything is killed while a repository is down', () => {
  it('and the check is done by itself after the restart', async () => {
    const backup = await draft()
    await product.fault('GSA-Human', { mode: 'down' })
    const linked = await jia.once('POST', `/backups/${backup}/files`, { ...file, confirmDuplicate: true })
    expect(linked).toMatchObject({ status: 202 })
    product.killAll()
    await product.start()
    await product.fault('GSA-Human', { mode: 'ok' })
    await until(
      'the file is done',
      async () => {
        const files = await jia.once('GET', `/backups/${backup}/files`).catch(() => undefined)
        return (files?.body['items'] as { status: string }[] | undefined)?.[0]?.status === 'done'
      },
      60_000,
    )
  }, 240_000)
})
