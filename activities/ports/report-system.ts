/** Port to the report system (人遗系统): tells it one version of a numbered backup (R37). */
import { z } from 'zod'
import type { Report } from '../../domain/backup/report.ts'
import { askOutside, readJson, Unavailable } from './outside.ts'

export type ReportSystem = (number: string, version: number, report: Report) => Promise<void>

export const reportTimeoutMs = 20_000
const Acknowledgement = z.object({ version: z.int() })

/** PUT, so that telling it twice is telling it once. Returns once this version is acknowledged. */
export const reportSystem =
  (url: string, token: string): ReportSystem =>
  async (number, version, report) => {
    const { name, unit, custodian, sizeMb } = report
    const response = await askOutside({
      who: 'The report system',
      url: `${url.replace(/\/$/, '')}/backups/${number}`,
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
