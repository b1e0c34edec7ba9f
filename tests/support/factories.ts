/** Rows to start from, made through the same columns that the product fills. */
import { randomBytes, randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import { referenceOf } from '../../domain/numbers.ts'
import type { ContentType } from '../../domain/catalogue.ts'

type Owner = Kysely<Tables>

export async function createUnit(
  db: Owner,
  { parentId = null }: { parentId?: string | null } = {},
): Promise<string> {
  const externalId = `unit-${randomUUID()}`
  const row = await db
    .insertInto('units')
    .values({ provider: 'hgrg', externalId, name: '示例单位', parentId })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export async function createAccount(
  db: Owner,
  unitId: string,
  {
    role = 'researcher',
    email = 'a@example.cn',
    name = '示例甲',
  }: { role?: Tables['accounts']['role']; email?: string; name?: string } = {},
): Promise<string> {
  const row = await db
    .insertInto('accounts')
    .values({
      provider: 'hgrg',
      subject: randomUUID(),
      name,
      phone: '13800000001',
      email,
      role,
      unitId,
      unitAuthorised: true,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export async function createProject(
  db: Owner,
  of: { unitId: string; accountId: string },
  { leadEmail = 'a@example.cn', name = `示例项目 ${randomUUID()}` } = {},
): Promise<string> {
  const row = await db
    .insertInto('projects')
    .values({
      creatorId: of.accountId,
      ownerId: of.accountId,
      unitId: of.unitId,
      name,
      nameKey: name,
      leadName: '示例甲',
      leadEmail,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export type Draft = {
  id: string
  reference: string
  unitId: string
  projectId: string
  accountId: string
}

/** A draft of its own unit, account and project, unless they are given. */
export async function createDraft(
  db: Owner,
  given: Partial<Omit<Draft, 'id' | 'reference'>> & {
    leadEmail?: string
    contentTypes?: ContentType[]
  } = {},
): Promise<Draft> {
  const unitId = given.unitId ?? (await createUnit(db))
  const accountId = given.accountId ?? (await createAccount(db, unitId))
  const projectId =
    given.projectId ??
    (await createProject(db, { unitId, accountId }, given.leadEmail ? { leadEmail: given.leadEmail } : {}))
  const reference = referenceOf(randomBytes(5))
  const row = await db
    .insertInto('backups')
    .values({
      reference,
      projectId,
      unitId,
      custodianId: accountId,
      name: '示例备份',
      contentTypes: given.contentTypes ?? ['wgs', 'array'],
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: row.id, reference, unitId, projectId, accountId }
}

/** In the sample world: a data set of the lead's own account, and one of another person. */
export const ownFile = (fileId: string) => ({
  fileId,
  dataType: 1 as const,
  sampleCount: 50,
  mbPerSample: '2000',
  depositorEmail: 'A@example.cn',
  accession: 'HRA000567',
})
export const othersFile = (fileId: string) => ({
  ...ownFile(fileId),
  depositorEmail: 'depositor@example.cn',
  accession: 'HRA000570',
})

/** R27, R28: as if all codes so far had been mailed a year ago, so that they hold back nobody's. */
export async function forgetMails(owner: Owner): Promise<void> {
  for (const statement of mailsAreOld) await sql.raw(statement).execute(owner)
}
export const mailsAreOld = [
  `delete from counted`,
  `update consents set sent_at = sent_at - interval '1 year', requested_at = requested_at - interval '1 year'`,
] as const
