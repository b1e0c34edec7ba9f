/** What those who oversee units read (R46–R48); they change nothing of a backup. */
import { z } from 'zod'
import { roles } from '../../domain/accounts.ts'
import { Amendments, Snapshot } from './amendments.ts'
import { BackupSummary, WholeBackup } from './backups.ts'
import type { Contract } from './contract.ts'
import { backupParams, body, Id, json, pageOf, pageQuery, problems, Time } from './contract.ts'
import { search } from './fields.ts'

const managers = ['unit_admin', 'legal_entity'] as const

/** `depth`: how many of the units above it are overseen too; each stands below the one above it. */
export const ManagedUnit = z.object({ id: Id, name: z.string(), depth: z.int() }).meta({ id: 'ManagedUnit' })
export type ManagedUnit = z.infer<typeof ManagedUnit>

export const listManagedUnits = {
  method: 'get',
  path: '/managed/units',
  summary: 'The units that the signed-in manager oversees',
  access: managers,
  responses: {
    200: json(z.object({ items: z.array(ManagedUnit) }).meta({ id: 'ManagedUnits' }), 'The units'),
  },
} as const satisfies Contract

/** The beginnings of people's names to look for; '' is anybody. */
export const PeopleSearch = z
  .strictObject({ lead: search.default(''), custodian: search.default(''), member: search.default('') })
  .meta({ id: 'PeopleSearch' })
export type PeopleSearch = z.infer<typeof PeopleSearch>

/** R59: names never stand in an address, so they are sealed for it. Nothing is stored. */
export const sealSearch = {
  method: 'post',
  path: '/managed/searches',
  summary: 'Seal names to look for; `f` goes into the address of a list',
  access: managers,
  request: { ...body(PeopleSearch) },
  responses: {
    200: json(z.object({ f: z.string() }).meta({ id: 'SealedSearch' }), 'Sealed; only its maker can use it'),
  },
} as const satisfies Contract

/** Of `sealSearch`; one that cannot be opened is INVALID. */
const sealed = z.string().max(4000).optional()

/** Names of other people are masked in lists: 示*甲. */
export const Member = z
  .object({
    id: Id,
    name: z.string(),
    role: z.enum(roles),
    unit: z.object({ id: Id, name: z.string() }),
    active: z.boolean(),
    /** In the overseen units, drafts too. */
    backups: z.int(),
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

/** R46. `search`: what `f` holds. */
export const listMembers = {
  method: 'get',
  path: '/managed/members',
  summary: 'The people of the overseen units, by unit and name',
  access: managers,
  request: {
    query: z.strictObject({
      ...pageQuery,
      unitId: Id.optional(),
      role: z.enum(roles).optional(),
      f: sealed,
    }),
  },
  responses: {
    200: json(pageOf(Member).extend({ search: PeopleSearch }).meta({ id: 'Members' }), 'A page of members'),
  },
} as const satisfies Contract

export const ManagedBackup = z
  .object({
    ...BackupSummary.shape,
    projectName: z.string(),
    leadName: z.string(),
    custodian: z.object({ id: Id, name: z.string() }),
    unitName: z.string(),
  })
  .meta({ id: 'ManagedBackup' })
export type ManagedBackup = z.infer<typeof ManagedBackup>

const count = z.union([z.int(), z.object({ atLeast: z.int() })])

const filters = {
  stage: z.enum(['completed', 'draft']).default('completed'),
  /** With every unit below it. */
  unitId: Id.optional(),
  /** A part of the backup's name. */
  name: search.optional(),
  custodianId: Id.optional(),
  number: search.optional(),
  filingNumber: search.optional(),
  f: sealed,
}

/** R47, newest first. `counts`: how many match in each tab. */
export const listManagedBackups = {
  method: 'get',
  path: '/managed/backups',
  summary: 'The backups of the overseen units',
  access: managers,
  request: {
    query: z.strictObject({ ...pageQuery, ...filters }),
  },
  responses: {
    200: json(
      pageOf(ManagedBackup)
        .extend({
          counts: z.object({ completed: count, draft: count }),
          search: PeopleSearch,
          serverNow: Time,
        })
        .meta({ id: 'ManagedBackups' }),
      'A page of backups',
    ),
  },
} as const satisfies Contract

export const exportFormats = ['csv', 'xlsx'] as const
export type ExportFormat = (typeof exportFormats)[number]
/** R47: more than these are not exported (EXPORT_TOO_LARGE). */
export const mostExported = 10_000

/** R47: what the list holds, all pages, as a file; it is recorded in the audit. */
export const exportManagedBackups = {
  method: 'get',
  path: '/managed/exports',
  summary: 'The backups of the overseen units as CSV or XLSX',
  access: managers,
  request: {
    query: z.strictObject({
      ...filters,
      format: z.enum(exportFormats).default('csv'),
      /** Of the first line and the statuses. */
      language: z.enum(['zh', 'en']).default('zh'),
    }),
  },
  responses: {
    200: {
      description: 'The file',
      content: {
        'text/csv': { schema: z.string() },
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: z.string() },
      },
    },
    409: problems[409],
  },
} as const satisfies Contract

/** R48. The depositors' addresses are masked. */
export const getManagedBackup = {
  method: 'get',
  path: '/managed/backups/{backupId}',
  summary: 'One backup of an overseen unit with its files and what happened to it',
  access: managers,
  request: { params: backupParams },
  responses: { 200: json(WholeBackup, 'The backup') },
} as const satisfies Contract

export const listManagedAmendments = {
  method: 'get',
  path: '/managed/backups/{backupId}/amendments',
  summary: 'What was changed after the number was issued',
  access: managers,
  request: { params: backupParams },
  responses: { 200: json(Amendments, 'The amendments') },
} as const satisfies Contract

/** 404 while the backup is a draft. */
export const getManagedSnapshot = {
  method: 'get',
  path: '/managed/backups/{backupId}/snapshot',
  summary: 'The backup as issued',
  access: managers,
  request: { params: backupParams },
  responses: { 200: json(Snapshot, 'As issued') },
} as const satisfies Contract
