import { describe, expect, test } from 'vitest'
import { unitPathOf } from '../../domain/accounts.ts'

const [own, above, root] = ['own', 'above', 'root'].map((id) => ({ id, name: `单位 ${id}` })) as [
  { id: string; name: string },
  { id: string; name: string },
  { id: string; name: string },
]

describe('R2 the path of a unit begins with itself, once', () => {
  test.each([
    ['a path that begins above it', { ...own, path: [above, root] }, [own, above, root]],
    ['a path that begins with it', { ...own, path: [own, above, root] }, [own, above, root]],
    ['no path: nothing is known of what is above', { ...own, path: [] }, [{ ...own, above: 'unknown' }]],
    ['a path of itself alone: a root', { ...own, path: [own] }, [own]],
    ['no unit', null, []],
    ['an unknown one', undefined, []],
  ])('%s', (_, unit, path) => {
    expect(unitPathOf(unit)).toEqual(path)
  })
})
