/** A request repeated across a change of CODE_KEYS or HASH_KEY_ID is the same request (decision 003). */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackup, editBackup } from '../../api/contracts/backups.ts'
import { enterCode, sendCode } from '../../api/contracts/consents.ts'
import { linkFile, listFiles } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { createApp } from '../../api/http/app.ts'
import { createKnown } from '../../api/process/known.ts'
import { connectBackups } from '../../api/process/temporal.ts'
import { readApiConfig } from '../../runtime/config.ts'
import { keyring } from '../../runtime/keys.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
import { forgetMails } from '../support/factories.ts'
import { testKeys, until } from '../support/stage.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
beforeEach(() => forgetMails(stage.owner))
afterAll(() => stage.close())

const own = {
  ...{ dataType: 1, sampleCount: 50, mbPerSample: '2000', depositorEmail: 'a@example.cn' },
  ...{ accession: 'HRA000567', confirmDuplicate: true },
}
const others = { ...own, depositorEmail: 'depositor@example.cn', accession: 'HRA000570' }
const draft = { name: '示例备份', contentTypes: ['wgs'] }

/** `test` is the old key. */
const rotated = `new:${randomBytes(32).toString('base64')},${testKeys}`
type Keys = { ring: string; hashKeyId?: string }
/** An API process of its own, that remembers nothing. */
const processWith = ({ ring, hashKeyId }: Keys): Person =>
  stage.at(createApp({ ...stage.deps, codeKeys: keyring(ring, hashKeyId), known: createKnown() }), jia)

async function workerWith(ring: string) {
  if (stage.config.CODE_KEYS === ring) return
  stage.config.CODE_KEYS = ring
  await stage.restartWorker()
}

/** The same request: at any process, however often. */
type Said =
  { status: number; ok: true; body: unknown } | { status: number; ok: false; problem: { code: string } }
type Ask = (person: Person, idempotencyKey: string) => Promise<Said>
type Act = (person: Person) => Promise<{ status: number; said: unknown }>
const act = (ask: Ask): Act => {
  const key = randomUUID()
  return (person) =>
    until('it is no longer in progress', async () => {
      const answer = await ask(person, key)
      if (answer.status === 202) return undefined
      if (!answer.ok) return { status: answer.status, said: { ...answer.problem, requestId: '' } }
      return { status: answer.status, said: { ...(answer.body as object | undefined), serverNow: '' } }
    })
}
const idIn = (said: unknown) => (said as { id: string }).id

const wrongTries = async (fileId: string) => {
  const { wrong } = await stage.owner
    .selectFrom('codeTries as t')
    .innerJoin('dataFiles as f', 'f.accessionKey', 't.accessionKey')
    .innerJoin('backups as b', (join) =>
      join.onRef('b.id', '=', 'f.backupId').onRef('b.projectId', '=', 't.projectId'),
    )
    .select('t.wrong')
    .where('f.id', '=', fileId)
    .executeTakeFirstOrThrow()
  return [wrong, (await stage.file(fileId)).wrongTries]
}
const codeFor = async (person: Person, params: { backupId: string; fileId: string }) => {
  const sent = act((at, idempotencyKey) => at.call(sendCode, { params, idempotencyKey }))
  expect(await sent(person)).toMatchObject({ status: 201 })
  const [code = ''] = stage.outside.codesTo('depositor@example.cn')
  return { sent, right: code, wrong: code === '000000' ? '000001' : '000000' }
}
/** How many updates of this name reached the process. */
const updatesOf = async (backup: { reference: string }, name: string) => {
  const { events } = await stage.client.workflow.getHandle(backupProcess.workflowIdOf(backup)).fetchHistory()
  return (events ?? []).filter(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === name,
  ).length
}

describe.each<{ change: string; before: Keys; after: Keys; worker: [string, string]; updates: number }>([
  {
    change: 'CODE_KEYS got a new first key',
    before: { ring: testKeys },
    after: { ring: rotated },
    worker: [testKeys, rotated],
    updates: 1,
  },
  {
    change: 'HASH_KEY_ID names another key',
    before: { ring: rotated },
    after: { ring: rotated, hashKeyId: 'new' },
    worker: [rotated, rotated],
    updates: 2, // the second is refused by the row, which names the key of the first
  },
])('$change', ({ before, after, worker, updates }) => {
  test('every request of before is answered as it was', async () => {
    await workerWith(worker[0])
    const [old, now] = [processWith(before), processWith(after)]
    const asked: { by: Act; answer: Awaited<ReturnType<Act>> }[] = []
    const ask = async (by: Act, status: number) => {
      const answer = await by(old)
      expect(answer.status, JSON.stringify(answer)).toBe(status)
      asked.push({ by, answer })
      return answer.said
    }
    const body = newProject()
    const project = act((at, idempotencyKey) => at.call(createProject, { body, idempotencyKey }))
    const projectId = idIn(await ask(project, 201))
    const backup = await ask(
      act((at, idempotencyKey) =>
        at.call(createBackup, { params: { projectId }, body: draft, idempotencyKey }),
      ),
      201,
    )
    const { id: backupId, reference } = backup as { id: string; reference: string }
    const params = { backupId }
    const link = (file: typeof own) =>
      act((at, idempotencyKey) => at.call(linkFile, { params, body: file, idempotencyKey }))
    await ask(link(own), 201)
    const fileId = idIn(await ask(link(others), 201))
    const of = { params: { backupId, fileId } }
    const { sent, right, wrong } = await codeFor(old, of.params)
    asked.push({ by: sent, answer: await sent(old) })
    const enter = (code: string) =>
      act((at, idempotencyKey) => at.call(enterCode, { ...of, body: { code }, idempotencyKey }))
    await ask(enter(wrong), 422)
    expect(await wrongTries(fileId)).toEqual([1, 1])

    await workerWith(worker[1])
    // Temporal has forgotten the updates: the row alone knows them.
    await stage.client.workflow.getHandle(backupProcess.workflowIdOf({ reference })).terminate()
    const statusOf = ({ status }: { status: number }) => status
    const again = async () => {
      const answers: Awaited<ReturnType<Act>>[] = []
      for (const { by } of asked) answers.push(await by(now))
      return answers
    }
    const repeated = await again()
    expect(repeated.map(statusOf)).toEqual(asked.map(({ answer }) => statusOf(answer)))
    // The project, the files, the code's times, and how many tries are left.
    for (const n of [0, 2, 4, 5]) expect(repeated[n]).toEqual(asked[n]?.answer)
    expect([1, 3].map((n) => idIn(repeated[n]?.said))).toEqual([backupId, fileId])
    expect(await wrongTries(fileId), 'counted once').toEqual([1, 1])
    const files = await done(now, listFiles, { params })
    expect(files.items).toHaveLength(2)
    expect((await done(now, listProjects, { query: { q: body.name } })).total).toBe(1)

    // `now` has seen the file before the code was right, so it asks the process.
    const entered = enter(right)
    const first = await entered(old)
    expect(first).toMatchObject({ status: 200, said: { status: 'done' } })
    expect(await entered(now)).toEqual(first)
    const submit = act((at, idempotencyKey) => at.call(submitBackup, { params, idempotencyKey }))
    const issued = await submit(old)
    expect(issued).toMatchObject({ status: 200, said: { number: expect.stringMatching(/^BF/) as string } })
    expect(await submit(now)).toEqual(issued)

    // A finished row answers by the same rules.
    const ended = await again()
    expect(ended.map(statusOf)).toEqual([201, 201, 201, 201, 201, 200]) // R28: the file is done
    expect([0, 1, 2, 3].map((n) => idIn(ended[n]?.said))).toEqual(
      [0, 1, 2, 3].map((n) => idIn(asked[n]?.answer.said)),
    )
  })

  test('the same request at a process of before and at one of after, at once, is one', async () => {
    const [old, now] = [processWith(before), processWith(after)]
    const both = async (by: Act) => {
      const [first, second] = await Promise.all([by(old), by(now)])
      expect(second).toEqual(first)
      return first
    }
    const body = newProject()
    const project = await both(act((at, idempotencyKey) => at.call(createProject, { body, idempotencyKey })))
    const projectId = idIn(project.said)
    const backup = await both(
      act((at, idempotencyKey) =>
        at.call(createBackup, { params: { projectId }, body: draft, idempotencyKey }),
      ),
    )
    const { id: backupId, reference } = backup.said as { id: string; reference: string }
    const params = { backupId }
    const link = (file: typeof own) =>
      both(act((at, idempotencyKey) => at.call(linkFile, { params, body: file, idempotencyKey })))
    const linked = await link(others)
    expect(linked.status).toBe(201)
    expect(await updatesOf({ reference }, 'linkFile')).toBe(updates)
    expect((await done(now, listFiles, { params })).items).toHaveLength(1)
    const of = { params: { backupId, fileId: idIn(linked.said) } }
    const { wrong } = await codeFor(old, of.params)
    const entered = await both(
      act((at, idempotencyKey) => at.call(enterCode, { ...of, body: { code: wrong }, idempotencyKey })),
    )
    expect(entered).toMatchObject({ status: 422, said: { code: 'CODE_WRONG', params: { triesLeft: 4 } } })
    expect(await wrongTries(of.params.fileId)).toEqual([1, 1])
    expect(await updatesOf({ reference }, 'enterCode')).toBe(updates)
  })

  test('and another body under a key of before is refused', async () => {
    const [old, now] = [processWith(before), processWith(after)]
    const { id: projectId } = await done(old, createProject, { body: newProject() })
    const { id: backupId } = await done(old, createBackup, { params: { projectId }, body: draft })
    const params = { backupId }
    const { id: fileId } = await done(old, linkFile, { params, body: others })
    const { wrong, right } = await codeFor(old, { backupId, fileId })
    const refusals: { status: number; code: unknown }[] = []
    async function reuse(ask: (...of: [...Parameters<Ask>, isOther: boolean]) => Promise<Said>) {
      const key = randomUUID()
      await ask(old, key, false)
      const answer = await ask(now, key, true)
      refusals.push({ status: answer.status, code: !answer.ok && answer.problem.code })
    }
    await reuse((at, idempotencyKey) => at.call(createProject, { body: newProject(), idempotencyKey }))
    await reuse((at, idempotencyKey, isOther) =>
      at.call(linkFile, { params, body: isOther ? { ...own, sampleCount: 1 } : own, idempotencyKey }),
    )
    await reuse((at, idempotencyKey, isOther) =>
      at.call(editBackup, { params, body: { ...draft, name: isOther ? '另一个' : '改名' }, idempotencyKey }),
    )
    await reuse((at, idempotencyKey, isOther) => {
      const body = { code: isOther ? right : wrong }
      return at.call(enterCode, { params: { backupId, fileId }, body, idempotencyKey })
    })
    expect(refusals).toEqual(Array(4).fill({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' }))
    expect((await stage.file(fileId)).status).toBe('pending')
  })
})

test('after the key of its hash has left the ring a request is another one: refused, and nothing is made twice', async () => {
  const [old, now] = [processWith({ ring: testKeys }), processWith({ ring: rotated.split(',')[0] ?? '' })]
  const [body, idempotencyKey] = [newProject(), randomUUID()]
  await done(old, createProject, { body, idempotencyKey })
  const answer = await now.call(createProject, { body, idempotencyKey })
  expect(answer).toMatchObject({ status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  expect((await done(now, listProjects, { query: { q: body.name } })).total).toBe(1)
})

test.each([
  ['the process cannot open the command', [`new:${randomBytes(32).toString('base64')}`, testKeys].join(',')],
  ['the API cannot open the answer', `other:${randomBytes(32).toString('base64')}`],
])('%s: 503, and the same request goes on where the keys are right', async (_, ring) => {
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  const { id: backupId } = await done(jia, createBackup, { params: { projectId }, body: draft })
  const config = { ...stage.apiConfig, PAYLOAD_KEYS: ring }
  const backups = connectBackups(config, stage.deps.log)
  const ahead = stage.at(createApp({ ...stage.deps, config, backups, known: createKnown() }), jia)
  const idempotencyKey = randomUUID()
  const edit = { params: { backupId }, body: { ...draft, name: '另一个' }, idempotencyKey }
  expect(await ahead.call(editBackup, edit)).toMatchObject({
    status: 503,
    problem: { code: 'PROCESS_UNAVAILABLE' },
  })
  expect(await jia.call(editBackup, edit)).toMatchObject({ status: 200, body: { name: '另一个' } })
  await backups.close()
})

test('the key of the hashes stands beside them, and one that is not in the ring stops the process', async () => {
  const now = processWith({ ring: rotated, hashKeyId: 'new' })
  const before = new Set(
    (await stage.owner.selectFrom('commands').select('key').execute()).map(({ key }) => key),
  )
  const { id: projectId } = await done(now, createProject, { body: newProject() })
  const { id: backupId } = await done(now, createBackup, { params: { projectId }, body: draft })
  await done(now, linkFile, { params: { backupId }, body: own })
  const rows = await stage.owner.selectFrom('commands').select(['key', 'hashKeyId']).execute()
  const added = rows.filter(({ key }) => !before.has(key))
  expect(added.map(({ hashKeyId }) => hashKeyId)).toEqual(['new', 'new', 'new'])

  const environment = Object.fromEntries(
    Object.entries(stage.apiConfig).map(([name, value]) => [name, String(value)]),
  )
  expect(readApiConfig({ ...environment, HASH_KEY_ID: 'test' }).HASH_KEY_ID).toBe('test')
  expect(() => readApiConfig({ ...environment, HASH_KEY_ID: 'gone' })).toThrow(
    'Configuration is wrong: HASH_KEY_ID: not in CODE_KEYS',
  )
})
