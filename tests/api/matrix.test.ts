/** Who may call what, for every endpoint: made from the contracts, so a new one is in it by itself. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as amendments from '../../api/contracts/amendments.ts'
import * as backups from '../../api/contracts/backups.ts'
import * as consents from '../../api/contracts/consents.ts'
import { roles, type Contract, type Role } from '../../api/contracts/contract.ts'
import * as files from '../../api/contracts/files.ts'
import * as numbers from '../../api/contracts/numbers.ts'
import * as projects from '../../api/contracts/projects.ts'
import * as session from '../../api/contracts/session.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

const isContract = (value: object): value is Contract => 'method' in value && 'access' in value
const contracts: Contract[] = [amendments, backups, consents, files, numbers, projects, session]
  .flatMap((module) => Object.values<object>(module))
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
})
afterAll(() => stage.close())

/** Sends an empty body where one is wanted: whoever may not call it must not learn what it wants. */
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

describe.each(named)('%s', (_, contract) => {
  test('401 without a session', async () => {
    if (contract.access !== 'public')
      expect(await codeOf(stage.stranger(), contract, things)).toEqual([401, 'AUTH_REQUIRED'])
  })

  test('404 for every other role', async () => {
    const { access } = contract
    if (access === 'public' || access === 'any') return
    for (const role of roles.filter((each) => !access.includes(each)))
      expect(await codeOf(people[role], contract, things), role).toEqual([404, 'NOT_FOUND'])
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
})
