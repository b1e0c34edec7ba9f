import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { connect } from '../../db/connect.ts'
import { closeDatabase, type Role } from '../../local/postgres.ts'

/** A fresh copy of the migrated database for one test file. */
export async function createDatabase() {
  const urls = inject('postgres')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const address = new URL(urls.postgres)
  address.pathname = '/postgres' // a template must have no other users
  const admin = new pg.Client({ connectionString: address.href })
  await admin.connect()
  // Two copies at once would meet on the template.
  await admin.query('select pg_advisory_lock(1)')
  await admin.query(`create database ${name} template hgrip owner hgrip_migrate strategy file_copy`)
  await admin.query(closeDatabase(name))
  await admin.end()
  const url = (role: Role) => {
    const address = new URL(urls[role])
    address.pathname = `/${name}`
    return address.href
  }
  return openDatabase(url)
}

/** A migrated database, wherever it is. */
export function openDatabase(url: (role: Role) => string) {
  const worker = connect(url('hgrip_worker'))
  const owner = connect(url('hgrip_migrate'))
  return {
    url,
    /** As the worker's role. */
    db: worker.db,
    /** Sees everything; for arranging and for looking. */
    owner: owner.db,
    async close() {
      await worker.db.destroy()
      await owner.db.destroy()
    },
  }
}
export type TestDatabase = ReturnType<typeof openDatabase>
