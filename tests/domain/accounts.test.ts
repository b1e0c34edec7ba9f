import { describe, expect, test } from 'vitest'
import { readPerson, unitPathOf } from '../../domain/accounts.ts'

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
    ['a path that names it twice', { ...own, path: [own, above, own] }, [own, above]],
  ])('%s', (_, unit, path) => {
    expect(unitPathOf(unit)).toEqual(path)
  })
})

describe('R2 what the provider says of a person', () => {
  const said = {
    ...{ sub: 's', name: '示例甲', phone_number: '13800000001', email: 'a@example.cn', role: 'researcher' },
    ...{ unit: { ...own, path: [above] }, unit_authorised: true },
  }
  const read = {
    ...{ subject: 's', name: '示例甲', phone: '13800000001', email: 'a@example.cn', role: 'researcher' },
    ...{ unitPath: [own, above], unitAuthorised: true },
  }
  test.each<[string, object, object]>([
    ['as it should be', {}, {}],
    ['no phone', { phone_number: null }, { phone: '' }],
    [
      'no e-mail, no authorisation',
      { email: null, unit_authorised: null },
      { email: '', unitAuthorised: false },
    ],
    ['no unit', { unit: null }, { unitPath: [] }],
    ['no path', { unit: { ...own, path: null } }, { unitPath: [{ ...own, above: 'unknown' }] }],
    ['a name with NUL and a line end', { name: '示例\u0000甲\r\n您' }, { name: '示例 甲 您' }],
    ['half a pair', { phone_number: '138\ud800' }, { phone: '138' }],
    [
      'a unit that turns the line round',
      { unit: { id: 'u', name: '\u202e单位', path: [own] } },
      { unitPath: [{ id: 'u', name: '单位' }, own] },
    ],
  ])('%s', (_, change, expected) => {
    expect(readPerson({ ...said, ...change })).toEqual({ ...read, ...expected })
  })
  test.each<[string, object]>([
    ['no subject', { sub: null }],
    ['a subject that would be another’s when cleaned', { sub: 's\u0000' }],
    ['a subject longer than any', { sub: 's'.repeat(256) }],
    ['no name', { name: null }],
    ['a name of nothing to see', { name: '\u200b\u0000' }],
    ['no role', { role: null }],
    ['a role that is not ours', { role: 'emperor' }],
    ['a unit that is none', { unit: 'u' }],
    ['a unit without a name', { unit: { id: 'u' } }],
    ['a path that is none', { unit: { ...own, path: [null] } }],
    ['a path that is a text', { unit: { ...own, path: 'u' } }],
  ])('%s: not one of ours', (_, change) => {
    expect(readPerson({ ...said, ...change })).toBeUndefined()
  })
})
