import { z } from 'zod'
import { contentTypes, repositories } from '../../domain/catalogue.ts'
import type { Contract } from './contract.ts'
import { backupParams, json, Megabytes, Time } from './contract.ts'
import { dataType } from './fields.ts'

/** R35: a change after the lock; newest first. Version 1 is the one that was issued. */
export const Amendment = z
  .object({
    version: z.int(),
    at: Time,
    by: z.string().nullable(),
    accession: z.string(),
    changes: z.array(
      z.object({
        field: z.enum(['sampleCount', 'mbPerSample']),
        from: z.union([z.int(), Megabytes]),
        to: z.union([z.int(), Megabytes]),
      }),
    ),
    note: z.string().nullable(),
    sync: z.enum(['syncing', 'synced']),
  })
  .meta({ id: 'Amendment' })
export type Amendment = z.infer<typeof Amendment>

export const Amendments = z.object({ items: z.array(Amendment) }).meta({ id: 'Amendments' })

export const listAmendments = {
  method: 'get',
  path: '/backups/{backupId}/amendments',
  summary: 'What was changed after the number was issued',
  access: ['researcher'],
  request: { params: backupParams },
  responses: {
    200: json(Amendments, 'The amendments'),
  },
} as const satisfies Contract

/** The backup as its number was issued for it; it never changes. `sha256` is over the stored snapshot. */
export const Snapshot = z
  .object({
    number: z.string(),
    issuedAt: Time,
    name: z.string(),
    projectName: z.string(),
    leadName: z.string(),
    unitName: z.string(),
    custodianName: z.string(),
    contentTypes: z.array(z.enum(contentTypes)),
    files: z.array(
      z.object({
        dataType,
        repository: z.enum(repositories),
        accession: z.string(),
        sampleCount: z.int(),
        mbPerSample: Megabytes,
      }),
    ),
    totalMb: Megabytes,
    sha256: z.string(),
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof Snapshot>

/** 404 while the backup is a draft. */
export const getSnapshot = {
  method: 'get',
  path: '/backups/{backupId}/snapshot',
  summary: 'The backup as issued',
  access: ['researcher'],
  request: { params: backupParams },
  responses: { 200: json(Snapshot, 'As issued') },
} as const satisfies Contract
