import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../api/http/app.ts'
import { readiness } from '../../api/http/readiness.ts'
import { type ApiStage, startApi } from './stage.ts'

let stage: ApiStage
beforeAll(async () => {
  stage = await startApi()
})
afterAll(() => stage.close())

type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, { name: string }> }
}
type Operation = {
  summary: string
  security: object[]
  requestBody?: object
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content?: object }>
}
const read = async () => (await (await stage.app.request('/api/v1/openapi.json')).json()) as Document

describe('OpenAPI', () => {
  test('is 3.1, and every pointer leads somewhere', async () => {
    const document = await read()
    expect(document.openapi).toBe('3.1.0')
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
    expect(pointers.length).toBeGreaterThan(20)
    for (const [, name = ''] of pointers) expect(document.components.schemas).toHaveProperty(name)
    const [port] = [new URL(stage.publicUrl).port]
    expect(document.components.securitySchemes['session']?.name).toBe(`__Host-sid-${port}`)
  })

  test('names every answer that an endpoint can give', async () => {
    for (const [path, methods] of Object.entries((await read()).paths))
      for (const [method, operation] of Object.entries(methods)) {
        const where = `${method} ${path}`
        const statuses = Object.keys(operation.responses)
        expect(statuses, where).toEqual(expect.arrayContaining(['401', '500', '503']))
        if (method !== 'get') expect(statuses, where).toContain('403')
        if (path.includes('{')) expect(statuses, where).toContain('404')
        if (operation.requestBody)
          expect(statuses, where).toEqual(expect.arrayContaining(['400', '413', '422']))
        for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g))
          expect(operation.parameters, where).toContainEqual(expect.objectContaining({ name, in: 'path' }))
        const by = path === '/filings' ? 'reportSystem' : 'session'
        expect(operation.security, where).toEqual([{ [by]: [] }])
        expect(operation.summary, where).not.toBe('')
        expect(operation, where).not.toHaveProperty('access')
      }
  })

  test('has patterns that every reader of JSON Schema can compile', async () => {
    const patterns = [...JSON.stringify(await read()).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]
    for (const [, pattern = '""'] of patterns) {
      const source = JSON.parse(pattern) as string
      expect(source, 'no flags, no classes of Unicode').not.toMatch(/\/\w*$|\\p/)
      expect(() => new RegExp(source, 'u')).not.toThrow()
    }
  })

  test('offers all ten data types', async () => {
    const { components } = await read()
    expect(components.schemas['NewFile']).toMatchObject({
      properties: { dataType: { type: 'integer', enum: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } },
    })
  })
})

test('the readable docs come from our own files and run no script', async () => {
  const response = await stage.app.request('/api/docs')
  const page = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  const [, nonce = 'none'] = /'nonce-([^']+)'/.exec(policy) ?? []
  expect(page).toContain(`<style nonce="${nonce}">`)
  expect(page).toContain('/api/v1/backups/{backupId}/files')
  expect(page).not.toMatch(/<script|https?:\/\//)
})

describe('health and readiness', () => {
  const ask = async (path: string, parts: Partial<Parameters<typeof readiness>[0]> = {}) => {
    const whole = { db: stage.deps.db, process: stage.deps.backups.process, hasPages: () => true, ...parts }
    const response = await createApp({ ...stage.deps, readiness: readiness(whole) }).request(path)
    return { status: response.status, body: await response.json() }
  }
  const away = () => Promise.resolve({ temporal: false, worker: false })

  test('everything is there', async () => {
    expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'up' } })
    const served = { database: 'ok', pages: 'ok' }
    expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready', checks: served } })
    expect(await ask('/readyz?deep')).toEqual({
      status: 200,
      body: { status: 'ready', checks: { ...served, temporal: 'ok', worker: 'ok' }, warnings: [] },
    })
  })

  test('without Temporal pages can be served, so a load balancer keeps them; ?deep says what is missing', async () => {
    expect((await ask('/readyz', { process: away })).status).toBe(200)
    expect(await ask('/readyz?deep', { process: away })).toMatchObject({
      status: 503,
      body: { status: 'not ready', checks: { database: 'ok', temporal: 'failed', worker: 'failed' } },
    })
  })

  test('without pages neither is well', async () => {
    for (const path of ['/readyz', '/readyz?deep'])
      expect(await ask(path, { hasPages: () => false })).toMatchObject({
        status: 503,
        body: { checks: { pages: 'failed' } },
      })
  })

  test('a warning is said and makes nothing unready', async () => {
    expect(await ask('/readyz?deep', { warnings: ['IDENTITY_URL is not set'] })).toMatchObject({
      status: 200,
      body: { warnings: ['IDENTITY_URL is not set'] },
    })
  })
})
