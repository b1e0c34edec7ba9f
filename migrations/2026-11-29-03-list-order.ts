/** Lists come in the order of an index: both columns descend, as the lists ask for them. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `drop index projects_owner`,
  // With the unit in it, row-level security and the count of an owner's projects read the index alone.
  `create index projects_owner on projects (owner_id, created_at desc, id desc) include (unit_id)`,
  `drop index backups_project`,
  `create index backups_project on backups (project_id, created_at desc, id desc)`,
  `drop index backups_custodian_drafts`,
  `create index backups_custodian_drafts on backups (custodian_id, changed_at desc, id desc) where stage = 'draft'`,
]
