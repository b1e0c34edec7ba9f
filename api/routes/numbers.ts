import { blockingFiles, countedFiles, fileStatus } from '../../domain/backup/state.ts'
import { statusAt } from '../../domain/backup/consent.ts'
import type { FoundBackup } from '../../db/lists/backups.ts'
import { findKnown, findLiveBackup, notAccepted, readBackup, sendCommand } from '../process/backups.ts'
import { getSubmission, type Readiness, submitBackup } from '../contracts/numbers.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'

export function mountNumbers(api: Api): void {
  const { deps } = api

  mount(api, getSubmission, { find: (asked) => findLiveBackup(deps, asked) }, ({ actor, found }) => {
    const blockers = blockersOf(found, actor.now())
    return Promise.resolve({ status: 200, body: { ready: blockers.length === 0, blockers } })
  })

  mount(api, submitBackup, { find: (asked) => findKnown(deps, asked) }, async (asked) => {
    const { found, actor } = asked
    // A refusal is kept under its update's id; with the version in it, a changed backup is asked anew.
    const submit = (version: number) => sendCommand(deps, asked, 'submit', {}, `submit-${version}`)
    let result = await submit(found.version)
    if (result.kind === 'refused') {
      const now = await readBackup(deps, actor, found.id)
      if (now && now.row.version !== found.version) result = await submit(now.row.version)
    }
    if (result.kind !== 'accepted') return notAccepted(result, found.id)
    const after = await readBackup(deps, actor, found.id)
    if (!after?.row.number || !after.row.issuedAt) return problem('NOT_FOUND')
    return { status: 200, body: { number: after.row.number, issuedAt: after.row.issuedAt.toISOString() } }
  })
}

/** R32: what still blocks the number, file by file. */
function blockersOf({ row, files }: FoundBackup, now: number): Readiness['blockers'] {
  if (row.stage === 'completed') return []
  if (countedFiles(files).length === 0)
    return [{ code: 'NO_FILES', fileId: null, accession: null, status: null, consent: null }]
  return blockingFiles(files).map((file) => ({
    code: 'FILES_NOT_READY',
    fileId: file.id,
    accession: file.accession,
    status: fileStatus(file),
    consent: statusAt(file.consent, now),
  }))
}
