/** Who may call what, for every endpoint: made from the contracts, so a new one is in it by itself. */
/// <reference types="vite/types/importMeta.d.ts" />
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as backups from '../../api/contracts/backups.ts'
import type { Contract } from '../../api/contracts/contract.ts'
import * as files from '../../api/contracts/files.ts'
import * as projects from '../../api/contracts/projects.ts'
import { roles, type Role } from '../../domain/accounts.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

// Every file of the folder: a contract that is written is in the matrix, whether the app mounts it or not.
const modules = import.meta.glob<Record<string, unknown>>('../../api/contracts/*.ts', { eager: true })
const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && 'method' in value && 'access' in value
const contracts: Contract[] = Object.values(modules)
  .flatMap((module) => Object.values<unknown>(module))
  .filter(isContract)
const named = contracts.map((contract) => [`${contract.method} ${contract.path}`, contract] as const)

/** One login per role in the sample world. */
const logins: Record<Role, string> = {
  researcher: 'yi',
  unit_admin: 'unit-admin',
  legal_entity: 'legal-entity',
  operator: 'operator',
}

let stage: ApiStage
let people: Record<Role, Person>
let unauthorised: Person
let things: Record<string, string>
/** A backup of another unit than the manager's. */
let elsewhere: string

beforeAll(async () => {
  stage = await startApi()
  const signedIn = await Promise.all(
    roles.map(async (role) => [role, await stage.signIn(logins[role])] as const),
  )
  people = Object.fromEntries(signedIn) as Record<Role, Person> // one entry per role
  unauthorised = await stage.signIn('bing')
  const jia = await stage.signIn('jia')
  const { id: projectId } = await done(jia, projects.createProject, { body: newProject() })
  const draft = { params: { projectId }, body: { name: '示例备份', contentTypes: ['wgs'] } }
  const { id: backupId } = await done(jia, backups.createBackup, draft)
  const own = { dataType: 1, sampleCount: 1, mbPerSample: 1, accession: 'HRA000567' }
  const file = await done(jia, files.linkFile, {
    params: { backupId },
    body: { ...own, depositorEmail: 'a@example.cn' },
  })
  if (!('accession' in file)) throw new Error('not linked')
  things = { projectId, backupId, fileId: file.id }
  const ding = await stage.signIn('ding')
  const other = await done(ding, projects.createProject, { body: newProject() })
  elsewhere = (await done(ding, backups.createBackup, { ...draft, params: { projectId: other.id } })).id
})
afterAll(() => stage.close())

/** Sends an empty body where one is wanted: a person who may not call it must not learn what it wants. */
async function codeOf(
  who: Person,
  contract: Contract,
  ids: Record<string, string>,
): Promise<[number, string]> {
  const path = contract.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID())
  const method = contract.method.toUpperCase()
  const response = await who.request(`/api/v1${path}`, {
    method,
    ...(contract.request?.body && { body: '{}', headers: { 'content-type': 'application/json' } }),
  })
  const { code = '' } = (response.status >= 400 ? await response.json() : {}) as { code?: string }
  return [response.status, code]
}

test('the contracts are those that the app answers for', async () => {
  const document = (await (await stage.app.request('/api/v1/openapi.json')).json()) as {
    paths: Record<string, object>
  }
  const mounted = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(named.map(([name]) => name).sort()).toEqual(mounted.sort())
})

describe.each(named)('%s', (_, contract) => {
  test('401 without a session', async () => {
    if (contract.access !== 'public')
      expect(await codeOf(stage.stranger(), contract, things)).toEqual([401, 'AUTH_REQUIRED'])
  })

  test('404 for every other role', async () => {
    const { access } = contract
    if (typeof access === 'string') return
    for (const role of roles.filter((each) => !access.includes(each)))
      expect(await codeOf(people[role], contract, things), role).toEqual([404, 'NOT_FOUND'])
  })

  test('401 for every person where only a program may call', async () => {
    if (contract.access !== 'report-system') return
    for (const role of roles)
      expect(await codeOf(people[role], contract, things), role).toEqual([401, 'AUTH_REQUIRED'])
  })

  test('R3 403 for an account without authorisation', async () => {
    if (!contract.authorisedOnly) return
    expect(await codeOf(unauthorised, contract, things)).toEqual([403, 'UNIT_NOT_AUTHORISED'])
  })

  test('R56 404 for a colleague’s thing, and for none at all', async () => {
    if (!contract.path.includes('{')) return
    expect(await codeOf(people.researcher, contract, things)).toEqual([404, 'NOT_FOUND'])
    expect(await codeOf(people.researcher, contract, {})).toEqual([404, 'NOT_FOUND'])
  })

  test('R56 404 for a manager of another unit', async () => {
    if (!contract.path.includes('{') || !contract.access.includes('unit_admin')) return
    expect(await codeOf(people.unit_admin, contract, { backupId: elsewhere })).toEqual([404, 'NOT_FOUND'])
  })
})
