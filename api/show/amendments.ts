import type { z } from 'zod'
import type { AmendmentRow, IssuedBackup } from '../../db/lists/amendments.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import { sha256 } from '../../runtime/keys.ts'
import type { Amendment, Snapshot } from '../contracts/amendments.ts'

export function showSnapshot({ number, issuedAt, snapshot }: IssuedBackup): z.input<typeof Snapshot> {
  const { name, contentTypes, project, unit, custodian, files, sizeMb } = snapshot
  return {
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
}

export function showAmendment(row: AmendmentRow): z.input<typeof Amendment> {
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
