import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackup, editBackup, getBackup, getTimeline } from '../../api/contracts/backups.ts'
import { Problem } from '../../api/contracts/contract.ts'
import { linkFile } from '../../api/contracts/files.ts'
import { createProject, getProject, listProjects } from '../../api/contracts/projects.ts'
import { titleOf } from '../../api/http/problems.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
let yi: Person
let ding: Person
let bing: Person
let admin: Person
let projectId: string
let backupId: string

beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
  yi = await stage.signIn('yi') // the same unit
  ding = await stage.signIn('ding') // another unit
  bing = await stage.signIn('bing') // not authorised
  admin = await stage.signIn('unit-admin')
  projectId = (await done(jia, createProject, { body: newProject() })).id
  const body = { name: '示例备份', contentTypes: ['wgs'] }
  backupId = (await done(jia, createBackup, { params: { projectId }, body })).id
})
afterAll(() => stage.close())

/** The problem of an answer, checked for its form. */
async function problemOf(response: Response | Promise<Response>): Promise<Problem> {
  const answer = await response
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = Problem.parse(await answer.json())
  expect(problem.status).toBe(answer.status)
  expect(problem.type).toBe(`/api/docs#${problem.code}`)
  expect(problem.title).not.toBe('')
  return problem
}

describe('refusals come in the order 401, 403, 404, 400 and 422, 409, 429', () => {
  test('401 before everything', async () => {
    const stranger = stage.stranger()
    const problem = await problemOf(stranger.send('POST', '/projects', { unknown: 1 }))
    expect(problem).toMatchObject({ status: 401, code: 'AUTH_REQUIRED', title: titleOf('AUTH_REQUIRED') })
    await expect(problemOf(stranger.request('/api/v1/backups/none'))).resolves.toMatchObject({ status: 401 })
  })

  test('404 for a role that does not find it, before its input is read', async () => {
    const problem = await problemOf(admin.send('POST', '/projects', {}))
    expect(problem).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  test('R3 403 while the unit has not authorised the account, which may look', async () => {
    const problem = await problemOf(bing.send('POST', '/projects', {}))
    expect(problem).toMatchObject({ status: 403, code: 'UNIT_NOT_AUTHORISED' })
    expect((await bing.call(listProjects, {})).status).toBe(200)
  })

  test('404 for a thing that is not there, before the input', async () => {
    for (const id of ['none', randomUUID()])
      expect(await problemOf(jia.send('POST', `/projects/${id}/backups`, {}))).toMatchObject({ status: 404 })
  })

  test('409 after the input was read', async () => {
    const { name, ...rest } = newProject()
    await done(jia, createProject, { body: { name, ...rest } })
    expect(await problemOf(jia.send('POST', '/projects', { name }))).toMatchObject({ status: 422 })
    const taken = await problemOf(jia.send('POST', '/projects', { name: ` ${name} `, ...rest }))
    expect(taken).toMatchObject({
      status: 409,
      code: 'PROJECT_NAME_TAKEN',
      errors: [{ path: 'name', code: 'PROJECT_NAME_TAKEN' }],
    })
  })
})

describe('R58 input', () => {
  test('each field gets its code and numbers', async () => {
    const body = { name: ' ', leadName: 'x'.repeat(51), leadEmail: 'nobody', agreed: false }
    const { errors, code } = await problemOf(jia.send('POST', '/projects', body))
    expect(code).toBe('VALIDATION')
    expect(errors).toEqual([
      { path: 'name', code: 'REQUIRED', params: {} },
      { path: 'leadName', code: 'TOO_LONG', params: { max: 50 } },
      { path: 'leadEmail', code: 'EMAIL', params: {} },
      { path: 'agreed', code: 'AGREEMENT', params: {} },
    ])
  })

  test('R8 a name is kept as typed, and compared by what is seen', async () => {
    const id = randomUUID()
    const name = `三例样本（父母子）：第①批 CO₂ 𠮷野 👨‍👩‍👧 ${id}`
    const kept = await done(jia, createProject, {
      body: { ...newProject(` ${name}\u3000`), leadName: '阿卜杜拉·买买提' },
    })
    expect(kept).toMatchObject({ name, leadName: '阿卜杜拉·买买提' })
    for (const same of [
      `三例样本(父母子):第1批 CO2 𠮷野 👨👩👧 ${id}`,
      `${name}\u200b`,
      name.normalize('NFKC'),
    ])
      expect(await problemOf(jia.send('POST', '/projects', newProject(same)))).toMatchObject({
        code: 'PROJECT_NAME_TAKEN',
      })
    const found = await done(jia, listProjects, { query: { q: `(父母子)：第1批 co2 𠮷野 ` } })
    expect(found.items.map((project) => project.id)).toContain(kept.id)
  })

  test.each<[string, string, object?]>([
    ['REQUIRED', '\u200b\u200b\u200b'],
    ['REQUIRED', '\u3164\u3164\u3164'],
    ['REQUIRED', '\u2800\u2800'],
    ['INVALID', '示\u202e例'],
    ['INVALID', '示\u2028例'],
    ['INVALID', '示\ufffd例'],
    ['INVALID', '示\uffff例'],
    ['TOO_SHORT', '示\u200b', { min: 2 }],
    ['TOO_LONG', '名'.repeat(120_000), { max: 100 }],
    ['TOO_LONG', '名'.repeat(101), { max: 100 }],
  ])('R8 a name is refused as %s at its field (%#)', async (code, name, params = {}) => {
    // A body has at most 256 KB.
    const answer = await problemOf(jia.send('POST', '/projects', newProject(name.slice(0, 80_000))))
    expect(answer).toMatchObject({ status: 422, errors: [{ path: 'name', code, params }] })
  })

  test.each([
    ['\u200bLEAD@example.cn\ufeff', 201],
    ['ｌｅａｄ＠ｅｘａｍｐｌｅ．ｃｎ', 201],
    ['lead@example.cn²', 422],
  ])('R58 the address %j', async (leadEmail, status) => {
    const answer = await jia.call(createProject, { body: { ...newProject(), leadEmail } })
    expect(answer.status).toBe(status)
    if (answer.ok) expect(answer.body.leadEmail).toMatch(/^lead@example\.cn$/i)
  })

  test('unknown keys are refused, in the body and in the address', async () => {
    const { errors } = await problemOf(jia.send('POST', '/projects', { ...newProject(), owner: 'me' }))
    expect(errors).toEqual([{ path: 'owner', code: 'UNKNOWN_KEY', params: {} }])
    const listed = await problemOf(jia.request('/api/v1/projects?sise=5&size=x'))
    expect(listed.errors).toEqual([
      { path: 'query.size', code: 'INVALID', params: {} },
      { path: 'query.sise', code: 'UNKNOWN_KEY', params: {} },
    ])
  })

  test('what is not JSON is malformed, with every content type', async () => {
    const post = (body: string, type?: string) =>
      problemOf(
        jia.request('/api/v1/projects', {
          method: 'POST',
          body: new TextEncoder().encode(body),
          headers: type === undefined ? {} : { 'content-type': type },
        }),
      )
    for (const answer of [
      post('{"name":', 'application/json'),
      post('{}', 'text/plain'),
      post('name=a', 'application/x-www-form-urlencoded'),
      post('{}'),
    ])
      expect(await answer).toMatchObject({ status: 400, code: 'MALFORMED' })
    expect(await post('[]', 'application/json')).toMatchObject({ status: 422 })
  })

  test('at most 256 KB', async () => {
    const big = await problemOf(jia.send('POST', '/projects', { name: 'x'.repeat(256 * 1024) }))
    expect(big).toMatchObject({ status: 413, code: 'TOO_LARGE' })
  })

  test('R19 a near miss of an accession gets its suggestion, at its field', async () => {
    const body = {
      dataType: 10,
      sampleCount: 1,
      mbPerSample: 1,
      depositorEmail: 'a@example.cn',
      accession: 'OMX001226',
    }
    const answer = await jia.call(linkFile, { params: { backupId }, body })
    expect(answer).toMatchObject({
      status: 422,
      problem: {
        code: 'ACCESSION_NEAR_MISS',
        errors: [{ path: 'accession', params: { suggestion: 'OMIX001226' } }],
      },
    })
  })

  test('R54 what no database takes is refused at its field, and harms no backup', async () => {
    const body = { dataType: 1, sampleCount: 1, mbPerSample: 1, depositorEmail: 'a@example.cn' }
    const answer = await jia.call(linkFile, {
      params: { backupId },
      body: { ...body, accession: 'HRA000\u0000567' },
    })
    expect(answer).toMatchObject({
      status: 422,
      problem: { errors: [{ path: 'accession', code: 'INVALID' }] },
    })
    expect(await problemOf(jia.request('/api/v1/projects?q=%00'))).toMatchObject({ status: 422 })
  })

  test('R58 a conflict says who changed that very field, and when', async () => {
    const created = { name: '示例备份', contentTypes: ['wgs'] }
    const draft = await done(jia, createBackup, { params: { projectId }, body: created })
    const params = { backupId: draft.id }
    const edit = (body: object) => jia.call(editBackup, { params, body: body as typeof created })
    await edit({ name: '改了名称', contentTypes: ['wgs'] })
    const renamed = (await done(jia, getTimeline, { params })).items[0]?.at
    await edit({ name: '改了名称', contentTypes: ['wgs', 'wes'] })
    expect((await done(jia, getTimeline, { params })).items[0]?.at).not.toBe(renamed)
    expect(await edit({ name: '又一个', contentTypes: ['wgs'], base: created })).toMatchObject({
      status: 409,
      problem: { code: 'VERSION_CONFLICT', params: { fields: ['name'], time: renamed } },
    })
  })

  test('R20 a mismatch stands at both fields', async () => {
    const body = {
      dataType: 1,
      sampleCount: 1,
      mbPerSample: '0.5',
      depositorEmail: 'x@example.cn',
      accession: 'HRA000567',
    }
    const answer = await jia.call(linkFile, { params: { backupId }, body })
    expect(answer).toMatchObject({
      status: 422,
      problem: {
        code: 'ACCOUNT_ACCESSION_MISMATCH',
        params: { repository: 'GSA-Human' },
        errors: [{ path: 'depositorEmail' }, { path: 'accession' }],
      },
    })
  })
})

describe('over the wire, where requests are node’s own', () => {
  const post = async (path: string, init: RequestInit & { duplex?: 'half' } = {}) => {
    const cookies = jia.browser.cookies.get(new URL(stage.publicUrl).host) ?? new Map<string, string>()
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    // The socket of a refused body is closed: do not keep it.
    const headers = { cookie, connection: 'close', 'content-type': 'application/json' }
    return fetch(`${stage.publicUrl}/api/v1${path}`, { method: 'POST', headers, ...init })
  }
  const chunked = (text: string) => ({
    body: new ReadableStream({
      start(controller) {
        for (const piece of text.match(/.{1,10000}/gs) ?? [])
          controller.enqueue(new TextEncoder().encode(piece))
        controller.close()
      },
    }),
    duplex: 'half' as const,
  })

  test('a write without a body', async () => {
    expect((await post(`/backups/${backupId}/submission`)).status).toBe(409)
  })

  test('a body with its length, in pieces, and too large both ways', async () => {
    const body = () => JSON.stringify(newProject())
    expect((await post('/projects', { body: body() })).status).toBe(201)
    expect((await post('/projects', chunked(body()))).status).toBe(201)
    const big = JSON.stringify({ name: 'x'.repeat(300_000) })
    expect((await post('/projects', { body: big })).status).toBe(413)
    expect((await post('/projects', chunked(big))).status).toBe(413)
  })
})

describe('R56 what one may not see answers 404', () => {
  test.each([
    ['a colleague of the unit', () => yi],
    ['a person of another unit', () => ding],
    ['the unit’s administrator, who has other paths', () => admin],
  ])('%s', async (_, who) => {
    const reads = ['', '/files', '/timeline', '/submission', `/files/${randomUUID()}`]
    for (const path of reads)
      expect((await who().request(`/api/v1/backups/${backupId}${path}`)).status).toBe(404)
    expect((await who().call(getProject, { params: { projectId } })).status).toBe(404)
    expect((await who().request(`/api/v1/projects/${projectId}/backups`)).status).toBe(404)
    const edit = { name: '别人的备份', contentTypes: ['wgs'] }
    expect((await who().send('PATCH', `/backups/${backupId}`, edit)).status).toBe(404)
    expect((await who().send('POST', `/backups/${backupId}/submission`, null)).status).toBe(404)
    expect((await who().request(`/api/v1/backups/${backupId}`, { method: 'DELETE' })).status).toBe(404)
    expect((await jia.call(getBackup, { params: { backupId } })).status).toBe(200)
  })
})

describe('writes come from our own pages', () => {
  const write = (headers: Record<string, string>, env: object = {}) => {
    const [cookie] = [...(jia.browser.cookies.get(new URL(stage.publicUrl).host) ?? [])].map((pair) =>
      pair.join('='),
    )
    return stage.app.request(
      '/api/v1/projects',
      {
        method: 'POST',
        headers: { cookie: cookie ?? '', 'content-type': 'application/json', ...headers },
        body: JSON.stringify({}),
      },
      env,
    )
  }
  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ])('%o is refused', async (headers) => {
    expect(await problemOf(write(headers as Record<string, string>))).toMatchObject({
      status: 403,
      code: 'CROSS_SITE',
    })
  })

  test('our origin, a program without either header, and our pages in process are let in', async () => {
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: stage.publicUrl }, {}])
      expect((await write(headers as Record<string, string>)).status).toBe(422)
    expect((await write({ origin: 'https://evil.example' }, { inProcess: true })).status).toBe(422)
  })

  test('a cross-site read needs no check', async () => {
    const response = await jia.request('/api/v1/session', { headers: { origin: 'https://evil.example' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('answers in general', () => {
  test('unknown paths and methods are problems, too', async () => {
    for (const path of ['/api/v1/nothing', '/api/nothing', '/auth/nothing'])
      expect(await problemOf(jia.request(path))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
    for (const [method, path, allow] of [
      ['PUT', '/api/v1/session', 'GET, HEAD'],
      ['OPTIONS', '/api/v1/projects', 'GET, HEAD, POST'],
      ['POST', `/api/v1/backups/${backupId}`, 'GET, HEAD, PATCH, DELETE'],
    ] as const) {
      const response = await jia.request(path, { method })
      expect(response.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort())
      expect(await problemOf(response)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    }
    expect((await jia.request('/api/v1/projects', { method: 'HEAD' })).status).toBe(200)
  })

  test('every answer has a request id, ours or the caller’s, and is not stored', async () => {
    const response = await jia.request('/api/v1/session', { headers: { 'x-request-id': 'abc-123-def' } })
    expect(response.headers.get('x-request-id')).toBe('abc-123-def')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const injected = await jia.request('/api/v1/session', { headers: { 'x-request-id': 'a b' } })
    expect(injected.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('an unexpected fault says nothing but its id', async () => {
    const { createApp } = await import('../../api/http/app.ts')
    const app = createApp({
      ...stage.deps,
      readiness: { ...stage.deps.readiness, shallow: () => Promise.reject(new Error('secret detail')) },
    })
    const problem = await problemOf(app.request('/readyz', { headers: { 'x-request-id': 'abc-123-def' } }))
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL', requestId: 'abc-123-def' })
    expect(JSON.stringify(problem)).not.toContain('secret')
  })

  test('a database that is away is an outage, not a fault', async () => {
    const { createApp } = await import('../../api/http/app.ts')
    const { connect } = await import('../../db/connect.ts')
    const { db } = connect('postgresql://nobody@127.0.0.1:9/none')
    const app = createApp({ ...stage.deps, db })
    const cookie = `__Host-sid-${new URL(stage.publicUrl).port}=x`
    const response = await app.request('/api/v1/session', { headers: { cookie } })
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'PROCESS_UNAVAILABLE' })
    await db.destroy()
  })
})
