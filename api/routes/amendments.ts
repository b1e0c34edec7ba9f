import type { z } from 'zod'
import { asActor } from '../../db/actor.ts'
import { type AmendmentRow, findSnapshot, listAmendments } from '../../db/amendments.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import { sha256 } from '../../runtime/keys.ts'
import { findLiveBackup } from '../process/backups.ts'
import * as contracts from '../contracts/amendments.ts'
import { type Api, mount } from '../http/mount.ts'
import { refused } from '../http/problems.ts'

export function mountAmendments(api: Api): void {
  const { deps } = api

  mount(
    api,
    contracts.listAmendments,
    { find: (asked) => findLiveBackup(deps, asked) },
    async ({ actor, found }) => {
      const rows = await asActor(deps.db, actor.accountId, (trx) => listAmendments(trx, found.row.id))
      return { status: 200, body: { items: rows.map(showAmendment) } }
    },
  )

  mount(
    api,
    contracts.getSnapshot,
    { find: (asked) => findLiveBackup(deps, asked) },
    async ({ actor, found: { row } }) => {
      const snapshot = await asActor(deps.db, actor.accountId, (trx) => findSnapshot(trx, row.id))
      if (!snapshot || row.number === null || !row.issuedAt) return refused('NOT_FOUND')
      const { name, contentTypes, project, unit, custodian, files, sizeMb } = snapshot
      return {
        status: 200,
        body: {
          number: row.number,
          issuedAt: row.issuedAt.toISOString(),
          name,
          projectName: project.name,
          leadName: project.leadName,
          unitName: unit.name,
          custodianName: custodian.name,
          contentTypes: [...contentTypes],
          files: files.map(({ dataType, accession, sampleCount, mbPerSample }) => ({
            dataType,
            repository: repositoryOf(dataType),
            accession,
            sampleCount,
            mbPerSample,
          })),
          totalMb: sizeMb,
          sha256: sha256(JSON.stringify(snapshot)).toString('hex'),
        },
      }
    },
  )
}

function showAmendment(row: AmendmentRow): z.input<typeof contracts.Amendment> {
  const changes = (['sampleCount', 'mbPerSample'] as const).flatMap((field) => {
    const [from, to] = [row.before[field], row.after[field]]
    return from === undefined || to === undefined ? [] : [{ field, from, to }]
  })
  return {
    version: row.version,
    at: row.at.toISOString(),
    by: row.actor,
    accession: row.accession,
    changes,
    note: row.note,
    sync: row.acknowledgedAt ? 'synced' : 'syncing',
  }
}
