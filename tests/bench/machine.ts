/** The facts that a figure is worth nothing without. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import pg from 'pg'

export type Machine = Record<string, string | number>

export async function machine(postgresUrl: string, temporal: string): Promise<Machine> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  const settings = await client.query<{ text: string }>(
    `select string_agg(name || '=' || setting, ' ' order by name) as text from pg_settings
       where name in ('fsync', 'synchronous_commit', 'shared_buffers', 'full_page_writes')`,
  )
  await client.end()
  return {
    at: new Date().toISOString(),
    commit:
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '-uno') === '' ? '' : ' and changes'),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? '',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
    postgres: `${rows[0]?.server_version} ${settings.rows[0]?.text}`,
    temporal,
  }
}

const git = (...args: string[]): string => {
  try {
    return execFileSync('git', args).toString().trim()
  } catch {
    return ''
  }
}
