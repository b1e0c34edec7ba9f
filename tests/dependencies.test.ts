/** docs/dependencies.md has a line for each package of package.json, and for no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')
type Packages = Partial<Record<string, string>>

it('every dependency has its line, and is pinned', () => {
  const manifest = JSON.parse(read('package.json')) as Partial<Record<string, Packages>>
  const packages = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  const [lines] = read('docs/dependencies.md').split('## `overrides`')
  // A line begins with its packages: - `a`, `b` (dev): why.
  const heads = [...(lines ?? '').matchAll(/^- (.*?): /gm)].map(([, head = '']) => head)
  const named = heads.flatMap((head) => [...head.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
  expect(named.toSorted()).toEqual(Object.keys(packages).toSorted())
  for (const version of Object.values(packages)) expect(version).toMatch(/^\d/)
})
