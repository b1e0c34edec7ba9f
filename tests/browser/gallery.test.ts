/** The gallery of the components is for `npm run dev` only (tests/local/dev.test.ts sees it there). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { outputOf, PAGES } from '../../local/build.ts'
import { product, useStage } from './stage.ts'

useStage()

it('is neither served nor held by the pages that are built', async () => {
  expect((await fetch(`${product.urls.product}/dev/gallery`)).status).toBe(404)
  const build = outputOf(PAGES)
  const scripts = readdirSync(build, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  )
  expect(scripts.length).toBeGreaterThan(50)
  const holding = scripts.filter((file) =>
    /Gallery of components|组件一览/.test(readFileSync(join(build, file), 'utf8')),
  )
  expect(holding).toEqual([])
})
