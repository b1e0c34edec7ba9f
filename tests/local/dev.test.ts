/** `npm run dev` in a copy of the sources, which the test changes. */
import { appendFileSync, cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../local/build.ts'
import { Browser } from '../support/browser.ts'
import { type Product, startProduct } from '../support/product.ts'
import { until } from '../support/stage.ts'
import { folderUntilTheEnd } from './folder.ts'

const NOT_SOURCES = /(^|\/)(node_modules|build|\.[^/]+|tests|docs)(\/|$)/
const root = folderUntilTheEnd()
let product: Product

beforeAll(async () => {
  cpSync(ROOT, root, { recursive: true, filter: (path) => !NOT_SOURCES.test(relative(ROOT, path)) })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  product = await startProduct({ root, args: ['--dev'] })
})
afterAll(() => product.stop())

const page = async (path: string) => await (await fetch(product.urls.product + path)).text()
const change = (file: string, text: string) => appendFileSync(join(root, file), `\n${text}\n`)
const logOf = (name: string) => readFileSync(join(product.folder, 'logs', `${name}.log`), 'utf8')

describe('npm run dev', () => {
  it('serves pages with the policy and the session that npm start gives them', async () => {
    const guide = await fetch(`${product.urls.product}/guide`)
    expect(guide.status).toBe(200)
    expect(guide.headers.get('x-content-type-options')).toBe('nosniff')
    expect(guide.headers.get('content-security-policy')).toMatch(
      /script-src 'self' 'nonce-.*frame-ancestors 'none'/,
    )
    const scripts = [...(await guide.text()).matchAll(/import\("\.(\/@fs\/[^"]+)"\)/g)].map(
      ([, path = '']) => path,
    )
    expect(scripts).toHaveLength(2)
    for (const path of scripts) expect((await fetch(product.urls.product + path)).status).toBe(200)
    expect(await page('/src/routes/(public)/guide/+page.svelte')).toContain('import.meta.hot')

    const browser = new Browser({ request: (request) => fetch(request) }, product.urls.product)
    expect(await browser.signIn('jia', 'hgrip')).toBe('/projects')
    const projects = await browser.request('/projects')
    expect(projects.status).toBe(200)
    const session = (await (await browser.request('/api/v1/session')).json()) as { account: { name: string } }
    expect(await projects.text()).toContain(session.account.name)
  })

  it('shows the gallery of the components, in both languages', async () => {
    expect(await page('/dev/gallery')).toContain('组件一览')
    const english = await fetch(`${product.urls.product}/dev/gallery`, { headers: { cookie: 'lang=en' } })
    // A heading of its own, and a text of the catalogue.
    expect(await english.text()).toMatch(/Gallery of components[^]*Repositories and contacts/)
  })

  it('shows a changed page', async () => {
    change('web/src/routes/(public)/guide/+page.svelte', '<p>planted in a page</p>')
    await until('the page is the new one', async () => (await page('/guide')).includes('planted in a page'))
  })

  it('starts API and worker again when a file changes that both read', async () => {
    const before = [product.pid('api'), product.pid('worker')]
    change('db/connect.ts', `console.log('planted in a file of both')`)
    for (const name of ['api', 'worker'])
      await until(`the ${name} is a new one`, () =>
        Promise.resolve(logOf(name).includes('planted in a file of both')),
      )
    await product.ready()
    expect([product.pid('api'), product.pid('worker')]).not.toEqual(expect.arrayContaining(before))
  })

  it('comes back from a change that cannot run', async () => {
    const file = join(root, 'api/http/app.ts')
    const sound = readFileSync(file)
    change('api/http/app.ts', 'this is not code')
    await until(
      'the API is away',
      async () => (await fetch(`${product.urls.product}/healthz`)).status === 503,
    )
    cpSync(join(ROOT, 'api/http/app.ts'), file)
    expect(readFileSync(file)).toEqual(sound)
    await product.ready()
  })
})
