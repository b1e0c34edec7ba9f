/** What a request may look like on the wire (RFC 9112, RFC 9110), and what of it is written down (R59). */
import { connect as dial } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { createApp } from '../../api/http/app.ts'
import { createWebServer, stopServer } from '../../api/http/server.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
afterAll(() => stage.close())

/** The same app with pages that say which address they were asked for, on a port of its own. */
async function withPages<T>(use: (port: number) => Promise<T>): Promise<T> {
  const pages = (request: { url?: string }, response: { end(text: string): void }) =>
    response.end(`page ${request.url}`)
  const server = createWebServer(stage.app, pages as never, { publicUrl: stage.publicUrl })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    await stopServer(server, 100)
  }
}

const say = (port: number, ...lines: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = dial(port, '127.0.0.1', () =>
      socket.write([...lines, 'Connection: close', '', ''].join('\r\n')),
    )
    let heard = ''
    socket.on('data', (part) => (heard += part.toString()))
    socket.on('end', () => resolve(heard))
    socket.on('error', reject)
  })
const statusOf = (answer: string): number => Number(answer.split(' ')[1])

describe('the target and the host', () => {
  test('a whole address is answered like its path', async () => {
    await withPages(async (port) => {
      const ask = (target: string) => say(port, `GET ${target} HTTP/1.1`, 'Host: a.example')
      expect(await ask('http://a.example/healthz')).toContain('{"status":"up"}')
      expect(await ask('http://a.example/api/v1/session')).toContain('AUTH_REQUIRED')
      expect(await ask('HTTP://a.example/projects?page=2')).toContain('page /projects?page=2')
      expect(await ask('http://a.example')).toContain('page /')
      expect(await ask('http://a.example?x=1')).toContain('page /?x=1')
    })
  })
  test('two hosts are refused, for pages and the API', async () => {
    await withPages(async (port) => {
      for (const path of ['/', '/healthz'])
        expect(statusOf(await say(port, `GET ${path} HTTP/1.1`, 'Host: a.example', 'host: b.example'))).toBe(
          400,
        )
    })
  })
})

describe('a form of another site', () => {
  const post = (port: number, ...headers: string[]) =>
    say(
      port,
      'POST /language HTTP/1.1',
      'Host: a.example',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 0',
      ...headers,
    )
  test.each(['Origin: null', 'Origin: https://evil.example', 'X-Origin: none'])(
    '%s: a page in words, for programs the problem',
    async (origin) => {
      await withPages(async (port) => {
        const page = await post(port, origin, 'Accept: text/html')
        expect(statusOf(page)).toBe(403)
        expect(page).toContain('请求来自其他网站')
        expect(page).toContain('Open the page here and submit again')
        const problem = await post(port, origin, 'Accept: application/json')
        expect(statusOf(problem)).toBe(403)
        expect(problem).toContain('"code":"CROSS_SITE"')
      })
    },
  )
  test('our own is let in', async () => {
    await withPages(async (port) => {
      expect(await post(port, `Origin: ${stage.publicUrl}`)).toContain('page /language')
    })
  })
})

describe('bytes that are no text', () => {
  const body = (name: Buffer) =>
    Buffer.concat([
      Buffer.from('{"name":"'),
      name,
      Buffer.from('","leadName":"示例甲","leadEmail":"a@example.cn","agreed":true}'),
    ])
  const gbk = Buffer.from('cfeec4bfd2bb', 'hex') // 项目一
  const count = async () => (await done(jia, listProjects, {})).total
  test.each<[string, string, Buffer, number, string]>([
    ['GBK', 'application/json', body(gbk), 400, 'MALFORMED'],
    ['an overlong form', 'application/json', body(Buffer.from('c080c080', 'hex')), 400, 'MALFORMED'],
    ['half a pair', 'application/json', body(Buffer.from('eda080', 'hex')), 400, 'MALFORMED'],
    ['GBK by name', 'application/json; charset=gbk', body(gbk), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'UTF-16 by name',
      'application/json; charset="utf-16"',
      body(Buffer.from('ab')),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('%s: nothing is stored', async (_, type, bytes, status, code) => {
    const before = await count()
    const response = await jia.request('/api/v1/projects', {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(bytes),
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code])
    expect(await count()).toBe(before)
  })
  test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"'])(
    '%s is read',
    async (type) => {
      const response = await jia.request('/api/v1/projects', {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify(newProject()),
      })
      expect(response.status).toBe(201)
    },
  )
})

describe('R59 the log', () => {
  test('has the route and ids, and nothing else that came in a path', async () => {
    const lines: string[] = []
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const app = createApp({ ...stage.deps, log })
    const { id } = await done(jia, createProject, { body: newProject() })
    const there = stage.at(app, jia)
    const paths = [
      '/api/v1/projects/13977665544',
      '/api/v1/backups/13977665544/files/zhang-san',
      '/api/v1/13977665544',
      '/api/13977665544/zhang-san',
      '/auth/zhang-san',
      '/zhang-san.json',
    ]
    for (const path of [...paths, `/api/v1/projects/${id}?q=zhang-san`]) await there.request(path)
    expect(lines).toHaveLength(paths.length + 1)
    expect(lines.join('')).not.toMatch(/13977665544|zhang-san/)
    expect(lines[0]).toContain('"path":"/api/v1/projects/…"')
    expect(lines[1]).toContain('"path":"/api/v1/backups/…/files/…"')
    expect(lines.at(-1)).toContain(`"path":"/api/v1/projects/${id}"`)
  })
})
