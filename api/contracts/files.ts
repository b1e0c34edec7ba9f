import { z } from 'zod'
import { consentStatuses, mailTroubles } from '../../domain/backup/consent.ts'
import { causes } from '../../domain/backup/outside.ts'
import { fileStatuses } from '../../domain/backup/state.ts'
import { repositories } from '../../domain/catalogue.ts'
import type { Contract } from './contract.ts'
import {
  Accepted,
  backupParams,
  body,
  Id,
  IdempotencyKey,
  json,
  Megabytes,
  problems,
  Time,
} from './contract.ts'
import { accession, dataType, email, line, mbPerSample, sampleCount } from './fields.ts'

/** R18 */
export const NewFile = z
  .strictObject({
    dataType,
    sampleCount,
    mbPerSample,
    depositorEmail: email,
    accession,
    /** R23: “add anyway” although another backup of the unit links the data set. */
    confirmDuplicate: z.boolean().optional(),
    /** R21: the 校验失败 row that this one takes the place of. */
    replaces: Id.optional(),
  })
  .meta({ id: 'NewFile' })

export const FileEdit = z
  .strictObject({
    sampleCount,
    mbPerSample,
    /** What the form was filled with; a field that another person changed since then is a VERSION_CONFLICT. */
    base: z
      .strictObject({ sampleCount: sampleCount.optional(), mbPerSample: mbPerSample.optional() })
      .optional(),
    /** R35: why, when the backup is locked already. */
    note: line(1, 200).optional(),
  })
  .meta({ id: 'FileEdit' })

export const Consent = z
  .object({
    status: z.enum(consentStatuses),
    sentAt: Time.nullable(),
    expiresAt: Time.nullable(),
    /** When another code may be sent; null = now. */
    resendAt: Time.nullable(),
    triesLeft: z.int(),
    /** Why the mail did not arrive. */
    trouble: z.enum(mailTroubles).nullable(),
  })
  .meta({ id: 'Consent' })

/**
 * Work of the outside world that is under way: tries so far, why the last one failed, and when the next one is at the
 * latest. `needsStaff`: the cause is no outage, which goes by itself, but an answer that helps nobody.
 */
export const Work = z
  .object({
    since: Time,
    tries: z.int(),
    cause: z.enum(causes).nullable(),
    needsStaff: z.boolean(),
    nextAt: Time.nullable(),
  })
  .meta({ id: 'Work' })

export const File = z
  .object({
    id: Id,
    dataType,
    repository: z.enum(repositories),
    sampleCount: z.int(),
    mbPerSample: Megabytes,
    depositorEmail: z.string(),
    accession: z.string(),
    status: z.enum(fileStatuses),
    consent: Consent,
    /** While 校验中. */
    check: Work.nullable(),
    /** While the code's mail is on its way. */
    mail: Work.nullable(),
    createdAt: Time,
  })
  .meta({ id: 'File' })
export type File = z.infer<typeof File>

export const fileParams = z.object({ backupId: Id, fileId: Id })

export const listFiles = {
  method: 'get',
  path: '/backups/{backupId}/files',
  summary: 'The linked data files, in the order they were added',
  access: ['researcher'],
  request: { params: backupParams },
  responses: {
    200: json(z.object({ items: z.array(File), serverNow: Time }).meta({ id: 'Files' }), 'The files'),
  },
} as const satisfies Contract

export const getFile = {
  method: 'get',
  path: '/backups/{backupId}/files/{fileId}',
  summary: 'One linked data file',
  access: ['researcher'],
  request: { params: fileParams },
  responses: { 200: json(File, 'The file') },
} as const satisfies Contract

/** R18–R23: 201 done or pending, 202 checking, 422 mismatch. */
export const linkFile = {
  method: 'post',
  path: '/backups/{backupId}/files',
  summary: 'Link a deposited data set',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: backupParams, headers: IdempotencyKey, ...body(NewFile) },
  responses: {
    201: json(File, 'Linked: done or pending'),
    202: json(z.union([File, Accepted]), 'The repository has not answered yet; checking goes on by itself'),
    409: problems[409],
  },
} as const satisfies Contract

/** R24; on a completed backup an amendment (R35). */
export const editFile = {
  method: 'patch',
  path: '/backups/{backupId}/files/{fileId}',
  summary: 'Change sample count and size',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: fileParams, headers: IdempotencyKey, ...body(FileEdit) },
  responses: {
    200: json(File, 'Changed'),
    202: json(Accepted, 'In progress'),
    409: problems[409],
  },
} as const satisfies Contract

/** R24; again → 204. */
export const removeFile = {
  method: 'delete',
  path: '/backups/{backupId}/files/{fileId}',
  summary: 'Remove a file from a draft',
  access: ['researcher'],
  request: { params: fileParams, headers: IdempotencyKey },
  responses: {
    204: { description: 'Removed' },
    202: json(Accepted, 'In progress'),
    409: problems[409],
  },
} as const satisfies Contract
