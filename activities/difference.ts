import type { Backup, DataFile } from '../domain/backup/state.ts'

/** What a change did, for the audit (R57): the same keys before and after, only those that differ. */
export function difference(before: Backup, after: Backup): { before: object; after: object } {
  const own = changedKeys(ownFields(before), ownFields(after))
  const ids = new Set([...before.files, ...after.files].map((file) => file.id))
  const files = [...ids]
    .map((id) => ({
      id,
      was: before.files.find((file) => file.id === id),
      is: after.files.find((file) => file.id === id),
    }))
    .filter(({ was, is }) => was !== is)
  return {
    before: { ...own.before, files: files.flatMap(({ was, is }) => side(was, is)) },
    after: { ...own.after, files: files.flatMap(({ was, is }) => side(is, was)) },
  }
}

/** One side of a file's change; a file that came or went is shown whole. */
function side(file: DataFile | undefined, other: DataFile | undefined): object[] {
  if (!file) return []
  if (!other) return [file]
  return [{ id: file.id, ...changedKeys(file, other).before }]
}

const neverIssued = { number: null, issuedAt: null, report: { version: 0, acknowledged: 0 } }
function ownFields(backup: Backup) {
  const { name, contentTypes, stage, custodianId } = backup
  const { number, issuedAt, report } = backup.stage === 'completed' ? backup : neverIssued
  return { name, contentTypes, stage, number, issuedAt, report, custodianId }
}

function changedKeys<T extends object>(a: T, b: T) {
  const differing = (Object.keys(a) as (keyof T)[]).filter(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  )
  const pick = (from: T) => Object.fromEntries(differing.map((key) => [key, from[key]]))
  return { before: pick(a), after: pick(b) }
}
