import { z } from 'zod'
import { consentStatuses } from '../../domain/backup/consent.ts'
import { fileStatuses } from '../../domain/backup/state.ts'
import type { Contract } from './contract.ts'
import { Accepted, backupParams, Id, IdempotencyKey, json, problems, Time } from './contract.ts'

/** R32: what still blocks the number. */
export const Readiness = z
  .object({
    ready: z.boolean(),
    /** NO_FILES has no file; FILES_NOT_READY names one each. */
    blockers: z.array(
      z.object({
        code: z.enum(['NO_FILES', 'FILES_NOT_READY']),
        fileId: Id.nullable(),
        accession: z.string().nullable(),
        status: z.enum(fileStatuses).nullable(),
        consent: z.enum(consentStatuses).nullable(),
      }),
    ),
  })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof Readiness>

export const getSubmission = {
  method: 'get',
  path: '/backups/{backupId}/submission',
  summary: 'What still blocks the number',
  access: ['researcher'],
  request: { params: backupParams },
  responses: { 200: json(Readiness, 'Ready, or the blockers') },
} as const satisfies Contract

/** R33: again → 200 with the same number. */
export const submitBackup = {
  method: 'post',
  path: '/backups/{backupId}/submission',
  summary: 'Submit, and receive the backup number',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: backupParams, headers: IdempotencyKey },
  responses: {
    200: json(z.object({ number: z.string(), issuedAt: Time }).meta({ id: 'Issued' }), 'The number'),
    202: json(Accepted, 'In progress'),
    409: problems[409],
  },
} as const satisfies Contract
