/** Builds Temporal's own server and its schema tool from the official Go modules, once per user and version. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tryLock } from '../../../local/lock.ts'
import { until } from '../../../local/processes.ts'
import { cacheFolder } from '../../../local/temporal-build.ts'

const run = promisify(execFile)
const packages = { server: 'go.temporal.io/server/cmd/server', sql: 'go.temporal.io/server/cmd/tools/sql' }
const waitMs = 1_200_000

export type ServerPrograms = { server: string; sqlTool: string }

/** `go.mod` beside this file names the version. A cold build takes 5 to 10 minutes. */
export async function buildServer(say: (line: string) => void): Promise<ServerPrograms> {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(import.meta.dirname, file)))
  const folder = join(cacheFolder(), `temporal-server-${hash.digest('hex').slice(0, 16)}`)
  const programs = { server: join(folder, 'server'), sqlTool: join(folder, 'sql') }
  if (existsSync(folder)) return programs
  mkdirSync(cacheFolder(), { recursive: true })
  let lock = tryLock(`${folder}.lock`, 'node')
  if (!lock) await until(() => (lock = tryLock(`${folder}.lock`, 'node')) !== undefined, waitMs)
  if (!lock) throw new Error('Another process has been building the Temporal server for too long')
  try {
    if (existsSync(folder)) return programs
    say('Building the Temporal server and its schema tool from the official Go modules, once for this user …')
    const unfinished = `${folder}.${process.pid}.new`
    mkdirSync(unfinished)
    try {
      await run(
        'go',
        [
          'build',
          '-buildvcs=false',
          '-mod=readonly',
          '-trimpath',
          '-ldflags=-s -w',
          '-o',
          `${unfinished}/`,
        ].concat(Object.values(packages)),
        {
          cwd: import.meta.dirname,
          env: { ...process.env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
          maxBuffer: 10_000_000,
        },
      )
      renameSync(unfinished, folder)
    } finally {
      rmSync(unfinished, { recursive: true, force: true })
    }
    return programs
  } finally {
    lock.release()
  }
}
