/** What a page costs on its way to a reader: requests, script as it is sent, and compressed answers. */
import { request as ask } from 'node:http'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, submitDraft, type Draft } from './arrange.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { accessionOf, contributorOf, emailOf } from './world.ts'

useStage()

/** Of a first visit, with an empty cache: the page itself, its style, its scripts, and what it asks afterwards. */
const REQUESTS = 12
/** Bytes of script as they are sent. Six of seven are the framework's and what every page shares. */
const SCRIPT = 60_000

let draft: Draft
let waiting: string
let completed: Draft
beforeAll(async () => {
  draft = await draftOf('mao')
  await addFile('mao', draft, accessionOf('mao', 1), emailOf('mao'))
  waiting = await addFile('mao', draft, accessionOf('mao', 7), contributorOf('mao'))
  completed = await draftOf('mao')
  await addFile('mao', completed, accessionOf('mao', 3), emailOf('mao'))
  await submitDraft('mao', completed)
}, 60_000)

type Cost = { requests: string[]; script: number }

/** Opens a page with an empty cache and counts until it is at rest. */
async function costOf(me: Visit, path: string): Promise<Cost> {
  const devtools = await me.context.newCDPSession(me.page)
  await devtools.send('Network.enable')
  await devtools.send('Network.clearBrowserCache')
  const requests = new Map<string, string>()
  /** Scripts, with the bytes of their headers. */
  const scripts = new Map<string, number>()
  let script = 0
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.startsWith('data:')) requests.set(requestId, request.url)
  })
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (/javascript/.test(response.mimeType)) scripts.set(requestId, response.encodedDataLength)
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const headers = scripts.get(requestId)
    if (headers !== undefined) script += encodedDataLength - headers
  })
  await me.go(path)
  await me.page.waitForLoadState('networkidle')
  await devtools.detach()
  return { requests: [...requests.values()].map((url) => url.replace(product.urls.product, '')), script }
}

describe('a page is light', () => {
  it('signed out', async () => {
    const me = await visit()
    onTestFinished(() => me.close())
    for (const path of ['/', '/guide']) {
      const { requests, script } = await costOf(me, path)
      expect(requests.length, `${path}: ${requests.join(' ')}`).toBeLessThanOrEqual(REQUESTS)
      expect(script, `${path}: bytes of script`).toBeLessThanOrEqual(SCRIPT)
      expect(script, `${path}: bytes of script`).toBeGreaterThan(40_000)
    }
  })

  it('each page of a researcher', async () => {
    const me = await visit()
    onTestFinished(() => me.close())
    await me.signIn('mao')
    const pages = [
      '/projects',
      '/projects/new',
      draft.project,
      `${draft.project}/backups/new`,
      draft.backup,
      completed.backup,
      `${draft.backup}/edit`,
      `${draft.backup}/files/new`,
      `${draft.backup}/files/${waiting}/edit`,
      `${draft.backup}/files/${waiting}/code`,
      `${draft.backup}/submit`,
      `${completed.backup}/result`,
    ]
    const over: string[] = []
    for (const path of pages) {
      const { requests, script } = await costOf(me, path)
      if (requests.length > REQUESTS) over.push(`${path}: ${requests.length} requests: ${requests.join(' ')}`)
      if (script > SCRIPT) over.push(`${path}: ${script} bytes of script`)
    }
    expect(over).toEqual([])
  })
})

type Answer = { encoding: string | undefined; vary: string | undefined; type: string; bytes: number }
const answerOf = (path: string, encodings: string) =>
  new Promise<Answer>((resolve, reject) => {
    const headers = { 'accept-encoding': encodings }
    ask(new URL(path, product.urls.product), { headers }, (response) => {
      let bytes = 0
      response.on('data', (data: Buffer) => (bytes += data.length))
      response.on('end', () =>
        resolve({
          encoding: response.headers['content-encoding'],
          vary: response.headers.vary,
          type: response.headers['content-type'] ?? '',
          bytes,
        }),
      )
    })
      .on('error', reject)
      .end()
  })

describe('answers are compressed', () => {
  it.each(['br', 'gzip'])('pages and JSON as %s, for who understands it', async (encoding) => {
    for (const path of ['/', '/guide', '/api/v1/openapi.json']) {
      const [plain, small] = await Promise.all([answerOf(path, 'identity'), answerOf(path, encoding)])
      expect(plain.encoding, path).toBeUndefined()
      expect(small.encoding, path).toBe(encoding)
      expect(small.vary?.toLowerCase(), path).toContain('accept-encoding')
      expect(small.bytes, path).toBeLessThan(plain.bytes / 2)
    }
  })

  it('scripts and styles were compressed when they were built', async () => {
    const page = await (await fetch(new URL('/', product.urls.product))).text()
    const files = [...page.matchAll(/"\.?\/?(_app\/immutable\/[^"]+\.(?:js|css))"/g)].map(
      ([, file]) => `/${file}`,
    )
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const { encoding, bytes } = await answerOf(file, 'br')
      if (bytes > 1_000) expect(encoding, file).toBe('br')
    }
  })
})
