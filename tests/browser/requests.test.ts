/** Pages as a program sees them: the headers of their answers, and what their forms send. No browser. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Visitor } from '../support/product.ts'
import { findShared } from './stage.ts'
import { accessionOf, emailOf } from './world.ts'

let url: string
let wu: Visitor
beforeAll(async () => {
  const product = await findShared()
  url = product.urls.product
  wu = await product.signIn('wu')
}, 400_000)

async function made(path: string, body: Record<string, unknown>): Promise<string> {
  const reply = await wu.insist('POST', path, body)
  expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300)
  return String(reply.body['id'])
}
async function aBackup() {
  const lead = { leadName: '示例负责人', leadEmail: emailOf('wu') }
  const project = await made('/projects', { name: `示例项目 ${randomUUID()}`, agreed: true, ...lead })
  const backup = await made(`/projects/${project}/backups`, {
    name: '示例备份',
    contentTypes: ['wgs', 'wes'],
  })
  const file = await made(`/backups/${backup}/files`, {
    ...{ dataType: 1, sampleCount: 50, mbPerSample: '2000', confirmDuplicate: true },
    ...{ depositorEmail: emailOf('wu'), accession: accessionOf('wu', 1) },
  })
  return {
    project: `/projects/${project}`,
    backup: `/backups/${backup}`,
    file: `/backups/${backup}/files/${file}`,
  }
}
const page = (path: string, init: RequestInit = {}) =>
  wu.browser.request(path, { ...init, headers: { accept: 'text/html', ...init.headers } })

describe('R59 no page is kept by a browser or a proxy', () => {
  it('signed in or out, found or not, refused or not, as a page or as its data', async () => {
    const { project, backup, file } = await aBackup()
    const own = [
      ...[
        '/',
        '/guide',
        '/projects',
        '/projects/new',
        project,
        `${project}/backups/new`,
        backup,
        `${backup}/edit`,
      ],
      ...[
        `${backup}/files/new`,
        `${file}/edit`,
        `${file}/code`,
        `${backup}/submit`,
        `${backup}/result`,
        '/nowhere',
      ],
    ]
    const seen = [
      ...(await Promise.all(own.map(async (path) => [path, await page(path)] as const))),
      ...(await Promise.all(
        own.map(async (path) => [`${path} out`, await fetch(url + path, { redirect: 'manual' })] as const),
      )),
      ['data', await page(`${backup}/__data.json`)] as const,
      ['refused', await post(`${backup}/edit`, [['name', '']])] as const,
      [
        'language',
        await post('/language', [
          ['to', '/'],
          ['lang', 'en'],
        ]),
      ] as const,
    ]
    const kept = seen
      .filter(([, { headers }]) => headers.get('cache-control') !== 'no-store')
      .map(([path]) => path)
    expect(kept).toEqual([])
    expect(new Set(seen.map(([, { status }]) => status))).toEqual(new Set([200, 303, 401, 404, 422]))
  })

  it('only what has its hash in its name is', async () => {
    const [asset = ''] = /\/_app\/immutable\/[^"']+\.js/.exec(await (await page('/guide')).text()) ?? []
    expect((await fetch(url + asset)).headers.get('cache-control')).toMatch(/max-age=31536000, ?immutable/)
  })
})

type Fields = [name: string, value: string][]
const post = (path: string, fields: Fields) =>
  page(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: url } })

/** What a browser without script would send of the form that holds this field. */
const formOf = async (path: string, field: string): Promise<Fields> =>
  formFrom(await (await page(path)).text(), field)
function formFrom(html: string, field: string): Fields {
  const form = (html.match(/<form[^]*?<\/form>/g) ?? []).find((one) => one.includes(`name="${field}"`)) ?? ''
  return (form.match(/<input[^>]*>/g) ?? []).flatMap((input): Fields => {
    const of = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(input)?.[1]
    const isChosen = of('type') !== 'checkbox' || /\schecked\b/.test(input)
    const name = of('name')
    return name !== undefined && isChosen ? [[name, of('value') ?? '']] : []
  })
}
const having = (fields: Fields, name: string, ...values: string[]): Fields => [
  ...fields.filter(([known]) => known !== name),
  ...values.map((value): [string, string] => [name, value]),
]

describe('R58 two people, one form: what another one changed meanwhile is not overwritten', () => {
  const backupForm = { path: '/edit', field: 'name', now: { name: '示例备份', contentTypes: ['wgs', 'wes'] } }
  const fileForm = { path: '/edit', field: 'sampleCount', now: { sampleCount: 50, mbPerSample: '2000' } }
  it.each([
    { of: 'backup', form: backupForm, changed: { name: '示例备份 别处' }, mine: ['name', '示例备份 我的'] },
    {
      of: 'backup',
      form: backupForm,
      changed: { contentTypes: ['wgs'] },
      mine: ['contentTypes', 'wgs', 'array'],
    },
    { of: 'file', form: fileForm, changed: { sampleCount: 70 }, mine: ['sampleCount', '60'] },
    { of: 'file', form: fileForm, changed: { mbPerSample: '7' }, mine: ['mbPerSample', '6'] },
  ] as const)('$of: $mine', async ({ of, form, changed, mine: [name, ...values] }) => {
    const at = (await aBackup())[of]
    const filled = await formOf(`${at}${form.path}`, form.field)
    expect((await wu.insist('PATCH', at, { ...form.now, ...changed })).status).toBe(200)
    const answer = await post(`${at}${form.path}`, having(filled, name, ...values))
    expect(answer.status).toBe(409)
    expect((await wu.insist('GET', at)).body).toMatchObject(changed)
    // What is there now has been shown, so the same again is meant.
    const again = formFrom(await answer.text(), form.field)
    expect((await post(`${at}${form.path}`, having(again, name, ...values))).status).toBe(303)
  })

  it('each form that changes something says what it was filled with', async () => {
    const { backup, file } = await aBackup()
    const names = async (path: string, field: string) => (await formOf(path, field)).map(([name]) => name)
    expect(await names(`${backup}/edit`, 'name')).toEqual(
      expect.arrayContaining(['baseName', 'baseContentTypes']),
    )
    expect(await names(`${file}/edit`, 'sampleCount')).toEqual(
      expect.arrayContaining(['baseSampleCount', 'baseMbPerSample']),
    )
  })
})
