/** Port to the report system (人遗系统): tells it one version of a numbered backup (R37), asks which ones it has. */
import { z } from 'zod'
import { numberParts } from '../../domain/numbers.ts'
import type { Report } from '../../domain/backup/report.ts'
import { askOutside, readJson, Unavailable } from './outside.ts'

export type ReportSystem = (number: string, version: number, report: Report) => Promise<void>

export const reportTimeoutMs = 20_000
const Acknowledgement = z.object({ version: z.int() })

const backupsAt = (url: string): string => `${url.replace(/\/$/, '')}/backups`

/** PUT, so that telling it twice is telling it once. Returns once this version is acknowledged. */
export const reportSystem =
  (url: string, token: string): ReportSystem =>
  async (number, version, report) => {
    const { name, unit, custodian, sizeMb } = report
    const response = await askOutside({
      who: 'The report system',
      url: `${backupsAt(url)}/${number}`,
      init: {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          version,
          name,
          unit,
          custodian: { subject: custodian.subject, name: custodian.name },
          files: report.files.length,
          sizeMb,
        }),
      },
      timeoutMs: reportTimeoutMs,
      hide: [custodian.subject, custodian.name, token],
    })
    const answer = Acknowledgement.safeParse(await readJson('The report system', response))
    if (!answer.success || answer.data.version < version)
      throw new Unavailable('malformed', 'The report system does not acknowledge the version')
  }

/** The numbers of this day (2026-11-29) that the report system has been told. */
export async function reportedNumbers(url: string, token: string, day: string): Promise<string[]> {
  const number = z.string().refine((text) => numberParts(text)?.day === day)
  const answered = z.object({ last: number.nullable(), numbers: z.array(number) })
  const response = await askOutside({
    who: 'The report system',
    url: `${backupsAt(url)}?day=${day}`,
    init: { headers: { authorization: `Bearer ${token}` } },
    timeoutMs: reportTimeoutMs,
    hide: [token],
  })
  const answer = answered.safeParse(await readJson('The report system', response))
  if (!answer.success)
    throw new Unavailable('malformed', `The report system does not say which numbers of ${day} it has`)
  const { last, numbers } = answer.data
  return [...new Set(last === null ? numbers : [...numbers, last])]
}
