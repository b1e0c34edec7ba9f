/** `node migrations/migrate.ts`: brings the database to the newest form; says what it did, exits 1 on failure. */
import { readdir } from 'node:fs/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import pg from 'pg'
import { configOrEnd, readMigrateConfig } from '../runtime/config.ts'

/** Applies every migration that the database has not seen; returns their names. Throws when one fails. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl, max: 2 }) }),
  })
  try {
    await refuseOthers(db)
    const migrator = new Migrator({ db, provider: { getMigrations } })
    const { error, results } = await migrator.migrateToLatest()
    if (error) throw error instanceof Error ? error : new Error('The migration failed', { cause: error })
    return (results ?? []).map((result) => result.migrationName)
  } finally {
    await db.destroy()
  }
}

/** A database that other migrations have made is left as it is. */
async function refuseOthers(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ isThere: boolean }>`
    select to_regclass('public.kysely_migration') is not null as "isThere"`.execute(db)
  if (!rows[0]?.isThere) return
  const ours = await getMigrations()
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const other = applied.rows.find(({ name }) => !(name in ours))
  if (other)
    throw new Error(
      `The database was made by another version of the product (${other.name}) and is left as it is; on this machine: npm start -- --fresh`,
    )
}

async function getMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(import.meta.dirname)).filter((file) => /^\d{4}-.*\.ts$/.test(file)).sort()
  const entries = files.map(async (file) => {
    const migration = (await import(/* @vite-ignore */ `./${file}`)) as Migration
    return [file.replace(/\.ts$/, ''), migration] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

if (import.meta.main) {
  try {
    const applied = await migrate(configOrEnd(readMigrateConfig).MIGRATE_DATABASE_URL)
    console.log(applied.length > 0 ? `Migrated: ${applied.join(', ')}` : 'The database is up to date')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
