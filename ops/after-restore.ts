/**
 * `node ops/after-restore.ts`: after the database was restored, before API and workers start again. Numbers may have been
 * issued that the restored database does not know. Asks everybody who was told of them, lets the day's counter begin
 * behind all of them, and starts the processes anew from their rows. It may run twice.
 */
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { reportedNumbers } from '../activities/ports/report-system.ts'
import { connect, type Db } from '../db/connect.ts'
import {
  countSessions,
  forgetSeen,
  listNumbersSince,
  listUncertainDays,
  skipNumbers,
} from '../db/restores.ts'
import { backupNumber, numberParts } from '../domain/numbers.ts'
import { configOrEnd, readRestoreConfig, type RestoreConfig } from '../runtime/config.ts'
import { dataConverter } from '../runtime/data-converter.ts'
import { payloadCodec } from '../runtime/payload-codec.ts'
import { connectionTo } from '../runtime/temporal-connection.ts'
import { endOpenBackups, numbersInHistories } from './histories.ts'

/** What is lost for good and must not be asked; everything else has to answer before anything is written. */
export type Lost = { temporal?: boolean; reportSystem?: boolean }

/** At least as many numbers are skipped, up to a full thousand: those that nobody remembers. */
const margin = 1_000

export async function afterRestore(
  config: RestoreConfig,
  lost: Lost = {},
  say: (line: string) => void = () => undefined,
): Promise<{ next: string; missing: string[] }> {
  const { db } = connect(config.MIGRATE_DATABASE_URL, { max: 2, statementMs: 60_000 })
  const client = lost.temporal ? undefined : await connectTemporal(config)
  try {
    await requireNobody(db)
    const days = await listUncertainDays(db)
    const [firstDay = '', today = ''] = [days[0], days.at(-1)]
    const own = await listNumbersSince(db, firstDay)
    const told: Record<string, string[]> = {
      '数据库 · database': own,
      ...(config.ARCHIVE_DATABASE_URL && {
        'WAL 归档 · archived WAL': await inArchive(config.ARCHIVE_DATABASE_URL, firstDay),
      }),
      ...(client && {
        Temporal: await numbersInHistories(client, payloadCodec(config.PAYLOAD_KEYS), firstDay),
      }),
      ...(!lost.reportSystem && { '人遗系统 · report system': await inReportSystem(config, days) }),
    }
    for (const [who, numbers] of Object.entries(told)) say(`${who}: ${summary(numbers, firstDay)}`)
    const all = new Set(Object.values(told).flat())
    const missing = [...all].filter((number) => !own.includes(number)).sort()
    const last = Math.ceil((highestOn(today, all) + margin) / margin) * margin
    const gap = await skipNumbers(db, today, last, missing)
    const next = backupNumber(today, last + 1)
    if (gap) say(`跳过 · skipped: ${backupNumber(today, gap.first)} – ${backupNumber(today, last)}`)
    say(`下一个备份号 · the next number is ${gap ? next : `after ${backupNumber(today, last)}, as before`}`)
    say(`已签发但数据库中没有 · issued, but without a row: ${missing.length === 0 ? '0' : missing.join(' ')}`)
    const ended = client ? await endOpenBackups(client) : 0
    say(`流程 · workflows: ${ended} ended, ${await forgetSeen(db)} start again from their rows`)
    return { next, missing }
  } finally {
    await client?.connection.close()
    await db.destroy()
  }
}

async function connectTemporal(config: RestoreConfig): Promise<Client> {
  const connection = await Connection.connect(connectionTo(config)).catch((error: unknown) => {
    throw new Error('Temporal does not answer; when its data are lost: --temporal-is-lost', { cause: error })
  })
  return new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(config.PAYLOAD_KEYS),
  })
}

async function requireNobody(db: Db): Promise<void> {
  const sessions = await countSessions(db)
  if (sessions > 0)
    throw new Error(
      `API 或 worker 仍在使用数据库（${sessions} 个连接），请先停止。API or workers still use the database (${sessions} connections): stop them first`,
    )
}

async function inArchive(url: string, firstDay: string): Promise<string[]> {
  const { db } = connect(url, { max: 1, statementMs: 60_000 })
  try {
    return await listNumbersSince(db, firstDay)
  } finally {
    await db.destroy()
  }
}

async function inReportSystem(
  { REPORT_URL, REPORT_TOKEN }: RestoreConfig,
  days: string[],
): Promise<string[]> {
  const numbers: string[] = []
  for (const day of days) numbers.push(...(await reportedNumbers(REPORT_URL, REPORT_TOKEN, day)))
  return numbers
}

const highestOn = (today: string, numbers: Iterable<string>): number =>
  [...numbers]
    .map(numberParts)
    .reduce((highest, parts) => (parts?.day === today ? Math.max(highest, parts.serial) : highest), 0)

function summary(numbers: string[], since: string): string {
  const last = numbers.toSorted((a, b) => a.length - b.length || a.localeCompare(b)).at(-1)
  return `${numbers.length} since ${since}${last === undefined ? '' : `, the last ${last}`}`
}

if (import.meta.main) {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { 'temporal-is-lost': flag, 'report-system-is-away': flag } })
  const lost = { temporal: values['temporal-is-lost'], reportSystem: values['report-system-is-away'] }
  try {
    await afterRestore(configOrEnd(readRestoreConfig), lost, (line) => console.log(line))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
