import type { z } from 'zod'
import { readAs } from '../../db/actor.ts'
import { type AmendmentRow, findAmendments, findSnapshot } from '../../db/lists/amendments.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import { sha256 } from '../../runtime/keys.ts'
import * as contracts from '../contracts/amendments.ts'
import { type Api, mount } from '../http/mount.ts'

export function mountAmendments(api: Api): void {
  const { db } = api.deps

  mount(
    api,
    contracts.listAmendments,
    {
      find: ({ actor: { accountId }, params }) =>
        readAs(db, accountId, (trx) => findAmendments(trx, { ...params, custodianId: accountId })),
    },
    ({ found }) => Promise.resolve({ status: 200, body: { items: found.map(showAmendment) } }),
  )

  mount(
    api,
    contracts.getSnapshot,
    {
      find: ({ actor: { accountId }, params }) =>
        readAs(db, accountId, (trx) => findSnapshot(trx, { ...params, custodianId: accountId })),
    },
    ({ found: { number, issuedAt, snapshot } }) => {
      const { name, contentTypes, project, unit, custodian, files, sizeMb } = snapshot
      const body = {
        number,
        issuedAt: issuedAt.toISOString(),
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
      }
      return Promise.resolve({ status: 200, body })
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
