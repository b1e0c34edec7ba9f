import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openWorld, unitPath } from '../../local/world.ts'
import { folderForTest } from './folder.ts'

describe('the sample world', () => {
  const world = openWorld()

  test('every account has a unit, and no two share a login, a subject or a phone', () => {
    const accounts = world.accounts()
    for (const { unitId } of accounts) expect(unitPath(world.units(), unitId)).not.toEqual([])
    for (const key of ['login', 'sub', 'phone', 'email'] as const) {
      expect(new Set(accounts.map((account) => account[key])).size).toBe(accounts.length)
    }
  })

  test('every role is there, an unauthorised researcher and a second unit', () => {
    const accounts = world.accounts()
    const roles = new Set(accounts.map(({ role }) => role))
    expect(roles).toEqual(new Set(['researcher', 'unit_admin', 'legal_entity', 'operator']))
    const researchers = accounts.filter(({ role }) => role === 'researcher')
    expect(researchers.some(({ unitAuthorised }) => !unitAuthorised)).toBe(true)
    expect(new Set(researchers.map(({ unitId }) => unitId)).size).toBeGreaterThan(1)
  })

  test('the old platform knows a person by name, phone and unit', () => {
    const names = new Map(world.units().map(({ id, name }) => [id, name]))
    const known = world.accounts().map(({ name, phone, unitId }) => `${name} ${phone} ${names.get(unitId)}`)
    expect(
      world.legacy().some(({ name, phone, unitName }) => known.includes(`${name} ${phone} ${unitName}`)),
    ).toBe(true)
  })

  test('holds no address but those of examples', () => {
    const emails = [
      ...world.accounts().map(({ email }) => email),
      ...world.dataSets().map(({ account }) => account),
    ]
    for (const email of emails) expect(email).toMatch(/@example\.cn$/)
  })
})

test('the path of a unit begins with itself and ends with its root', () => {
  const units = [
    { id: 'a', name: 'A' },
    { id: 'b', name: 'B', parentId: 'a' },
    { id: 'c', name: 'C', parentId: 'b' },
  ]
  expect(unitPath(units, 'c').map(({ id }) => id)).toEqual(['c', 'b', 'a'])
  expect(unitPath(units, 'x')).toEqual([])
})

test('a circle of units has an end', () => {
  const units = [
    { id: 'a', name: 'A', parentId: 'b' },
    { id: 'b', name: 'B', parentId: 'a' },
  ]
  expect(unitPath(units, 'a').length).toBeLessThan(5)
})

test('a file is read again when it changes, a missing one is empty, a wrong one is named', () => {
  const folder = folderForTest()
  const world = openWorld(folder)
  expect(world.units()).toEqual([])
  const file = join(folder, 'units.json')
  writeFileSync(file, JSON.stringify([{ id: 'a', name: 'A' }]))
  expect(world.units()).toHaveLength(1)
  writeFileSync(
    file,
    JSON.stringify([
      { id: 'a', name: 'A' },
      { id: 'b', name: 'B' },
    ]),
  )
  expect(world.units()).toHaveLength(2)
  writeFileSync(file, '[{"id": 3}]')
  expect(() => world.units()).toThrow('units.json')
})
