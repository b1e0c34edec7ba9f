import { z } from 'zod'
import { causes } from '../../domain/backup/outside.ts'
import { acts } from '../../domain/backup/todos.ts'
import { stages } from '../../domain/backup/state.ts'
import { waits } from '../../domain/backup/waits.ts'
import { contentTypes } from '../../domain/catalogue.ts'
import type { Contract } from './contract.ts'
import {
  Accepted,
  backupParams,
  body,
  Id,
  IdempotencyKey,
  json,
  Megabytes,
  pageOf,
  pageQuery,
  problems,
  Time,
} from './contract.ts'
import { contentTypeList, line } from './fields.ts'
import { File } from './files.ts'
import { Project } from './projects.ts'

/** What the form was filled with; a field that another person changed since then is a VERSION_CONFLICT. */
const backupBase = z
  .strictObject({
    name: z.string().max(10_000).optional(),
    contentTypes: z.array(z.enum(contentTypes)).max(12).optional(),
  })
  .optional()

export const NewBackup = z
  .strictObject({ name: line(2, 100), contentTypes: contentTypeList })
  .meta({ id: 'NewBackup' })

export const BackupEdit = z
  .strictObject({ name: line(2, 100), contentTypes: contentTypeList, base: backupBase })
  .meta({ id: 'BackupEdit' })

/** What a list shows of a backup. Counts and sizes of a draft are there too; pages show them in grey (R11). */
export const BackupSummary = z
  .object({
    id: Id,
    /** Short name for people: `7Q4K-2MZ9`. */
    reference: z.string(),
    projectId: Id,
    name: z.string(),
    contentTypes: z.array(z.enum(contentTypes)),
    stage: z.enum(stages).exclude(['discarded']),
    version: z.int(),
    number: z.string().nullable(),
    /** R38, in the order in which they came. */
    filingNumbers: z.array(z.string()),
    fileCount: z.int(),
    totalMb: Megabytes,
    createdAt: Time,
    issuedAt: Time.nullable(),
    /** The researcher's own first. */
    waitingFor: z.array(z.enum(waits)),
    /** How many files of a draft wait for whom, in the same order. */
    waitCounts: z.array(z.object({ wait: z.enum(waits), files: z.int() })),
    /** What the researcher can do next about a draft, the next act first, and for which files. */
    todos: z.array(z.object({ act: z.enum(acts), fileIds: z.array(Id) })),
    /** The nearest moment at which a code expires. */
    deadline: Time.nullable(),
  })
  .meta({ id: 'BackupSummary' })
export type BackupSummary = z.infer<typeof BackupSummary>

export const Backup = z
  .object({
    ...BackupSummary.shape,
    project: Project,
    custodian: z.object({ id: Id, name: z.string() }),
    custodySince: Time,
    /** R37; null for a draft. `cause`: why telling it failed last. */
    sync: z
      .object({ status: z.enum(['syncing', 'synced']), since: Time, cause: z.enum(causes).nullable() })
      .nullable(),
    serverNow: Time,
  })
  .meta({ id: 'Backup' })
export type Backup = z.infer<typeof Backup>

/** The timeline of P6; facts are codes, `actor` a name, params hold accessions, never addresses. */
export const TimelineEntry = z
  .object({
    at: Time,
    action: z.string(),
    actor: z.string().nullable(),
    params: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** A backup with all that its page shows, of one moment: its files in the order they were added, its newest 200 facts. */
export const WholeBackup = z
  .object({ ...Backup.shape, files: z.array(File), timeline: z.array(TimelineEntry) })
  .meta({ id: 'WholeBackup' })
export type WholeBackup = z.infer<typeof WholeBackup>

/** Deadlines are counted down from the answer's clock. */
const backupPage = pageOf(BackupSummary).extend({ serverNow: Time })

/** R11 */
export const listProjectBackups = {
  method: 'get',
  path: '/projects/{projectId}/backups',
  summary: 'The backups of a project, newest first',
  access: ['researcher'],
  request: { params: z.object({ projectId: Id }), query: z.strictObject(pageQuery) },
  responses: {
    200: json(backupPage.meta({ id: 'Backups' }), 'A page of backups'),
  },
} as const satisfies Contract

/** The resume panel of P2. */
export const listDrafts = {
  method: 'get',
  path: '/backups',
  summary: 'Unfinished backups of the signed-in researcher, last changed first',
  access: ['researcher'],
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json(backupPage.meta({ id: 'Drafts' }), 'A page of drafts') },
} as const satisfies Contract

/** R12. UNIT_LEFT: the project is another unit's than that of the signed-in person (R51). */
export const createBackup = {
  method: 'post',
  path: '/projects/{projectId}/backups',
  summary: 'Add a draft backup',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: z.object({ projectId: Id }), headers: IdempotencyKey, ...body(NewBackup) },
  responses: {
    201: json(Backup, 'Created'),
    409: problems[409],
  },
} as const satisfies Contract

export const getBackup = {
  method: 'get',
  path: '/backups/{backupId}',
  summary: 'One backup with its files and what happened to it, newest first (at most 200)',
  access: ['researcher'],
  request: { params: backupParams },
  responses: { 200: json(WholeBackup, 'The backup') },
} as const satisfies Contract

/** R13. CONTENT_TYPE_IN_USE names the files. */
export const editBackup = {
  method: 'patch',
  path: '/backups/{backupId}',
  summary: 'Change name and content types of a draft',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: backupParams, headers: IdempotencyKey, ...body(BackupEdit) },
  responses: {
    200: json(Backup, 'Changed'),
    202: json(Accepted, 'In progress'),
    409: problems[409],
  },
} as const satisfies Contract

/** R16; again → 204. */
export const discardBackup = {
  method: 'delete',
  path: '/backups/{backupId}',
  summary: 'Discard a draft',
  access: ['researcher'],
  request: { params: backupParams, headers: IdempotencyKey },
  responses: {
    204: { description: 'Discarded' },
    202: json(Accepted, 'In progress'),
    409: problems[409],
  },
} as const satisfies Contract

export const getTimeline = {
  method: 'get',
  path: '/backups/{backupId}/timeline',
  summary: 'What happened to a backup, newest first (at most 200)',
  access: ['researcher'],
  request: { params: backupParams },
  responses: {
    200: json(z.object({ items: z.array(TimelineEntry) }).meta({ id: 'Timeline' }), 'The timeline'),
  },
} as const satisfies Contract
