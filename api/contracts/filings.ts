/** What the report system sends. */
import { z } from 'zod'
import { comparable } from '../../domain/text.ts'
import type { Contract } from './contract.ts'
import { body, json, problems, Time } from './contract.ts'
import { line } from './fields.ts'

const number = line(1, 64).transform((typed) => comparable(typed).toUpperCase())

export const Filing = z
  .strictObject({
    filingNumber: line(1, 100),
    /** Backup numbers, those of the old platform too. */
    numbers: z.array(number).min(1).max(1000),
    filedAt: Time,
  })
  .meta({ id: 'Filing' })

/**
 * R38: one filing covers several backups, a backup gets several filings. Delivered again, with more numbers or the same, it
 * records what is new. NUMBERS_UNKNOWN: none of them was ever issued. FILED_OTHERWISE: this filing has another date, which
 * is `params.filedAt`.
 */
export const recordFiling = {
  method: 'post',
  path: '/filings',
  summary: 'Record a filing number of the report system',
  access: 'report-system',
  request: { ...body(Filing) },
  responses: {
    200: json(
      z.object({ recorded: z.array(z.string()), unknown: z.array(z.string()) }).meta({ id: 'Filed' }),
      'Recorded; `unknown` names the numbers that were never issued',
    ),
    409: problems[409],
  },
} as const satisfies Contract
