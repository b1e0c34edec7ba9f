/** `npm run schema`: migrates a database of its own, and writes what it has become to `db/schema.sql` and `db/tables.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../migrations/migrate.ts'
import { startPostgres } from './postgres.ts'
import { schemaSql } from './schema/sql.ts'
import { tablesTs } from './schema/tables.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'hgrip-schema-'))
const postgres = await startPostgres({ dataDir, durable: false })
try {
  await migrate(postgres.url('hgrip_migrate'))
  const client = new pg.Client({ connectionString: postgres.url('hgrip_migrate') })
  await client.connect()
  try {
    const db = join(import.meta.dirname, '../db')
    writeFileSync(join(db, 'schema.sql'), await schemaSql(client))
    writeFileSync(join(db, 'tables.ts'), await tablesTs(client))
  } finally {
    await client.end()
  }
} finally {
  await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
