/** What Postgres counts: commits, WAL, bytes. Read from the database `postgres`, whose own counts we do not measure. */
import pg from 'pg'

export type Counts = {
  /** By database. */
  commits: Record<string, number>
  /** Transactions that wrote or locked rows, of the whole server: each of them got a transaction id. */
  writes: { transactions: number }
  bytes: Record<string, number>
  wal: { bytes: number; records: number; fullPageImages: number }
}

export async function readCounts(url: string): Promise<Counts> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; commits: string; bytes: string }>(
      `select datname as name, xact_commit as commits, pg_database_size(datname) as bytes
         from pg_stat_database where datname is not null and datname not like 'template%' and datname <> 'postgres'`,
    )
    const wal = await client.query<{ bytes: string; records: string; images: string; next: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes, wal_records as records,
         wal_fpi as images, pg_snapshot_xmax(pg_current_snapshot()) as next from pg_stat_wal`,
    )
    const [seen] = wal.rows
    return {
      commits: Object.fromEntries(rows.map(({ name, commits }) => [name, Number(commits)])),
      bytes: Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)])),
      writes: { transactions: Number(seen?.next) },
      wal: {
        bytes: Number(seen?.bytes),
        records: Number(seen?.records),
        fullPageImages: Number(seen?.images),
      },
    }
  } finally {
    await client.end()
  }
}

/** The difference, for each of `lives`. */
export function perLife(before: Counts, after: Counts, lives: number): Counts {
  const each = (a: Record<string, number>, b: Record<string, number>) =>
    Object.fromEntries(Object.keys(b).map((key) => [key, ((b[key] ?? 0) - (a[key] ?? 0)) / lives]))
  return {
    commits: each(before.commits, after.commits),
    writes: each(before.writes, after.writes) as Counts['writes'],
    bytes: each(before.bytes, after.bytes),
    wal: each(before.wal, after.wal) as Counts['wal'],
  }
}
