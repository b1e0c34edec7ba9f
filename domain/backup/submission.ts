/** The number and its acknowledgement (R32–R37). */
import { changed, refused, unchanged, type Rule } from './decision.ts'
import { blockingFiles, countedFiles, type Completed } from './state.ts'

/** R32, R33: for ever the same number; the transaction that saves the decision draws it. */
export const submit: Rule<'submit'> = {
  by: ['custodian'],
  in: ['draft'],
  already: 'completed',
  decide(draft) {
    const files = countedFiles(draft.files)
    const blocking = blockingFiles(draft.files)
    if (files.length === 0) return refused('NO_FILES')
    if (blocking.length > 0)
      return refused('FILES_NOT_READY', {
        fileIds: blocking.map((file) => file.id),
        accessions: blocking.map((file) => file.accession),
      })
    return changed({ ...draft, stage: 'submitted', files }, { action: 'numberIssued' })
  },
}

/** R37: versions are acknowledged in order. */
export const recordSync: Rule<'recordSync', Completed> = {
  by: ['system'],
  in: ['completed'],
  decide(completed, { version }) {
    const { report } = completed
    if (version !== report.acknowledged + 1 || version > report.version) return unchanged
    return changed(
      { ...completed, report: { ...report, acknowledged: version } },
      { action: 'numberSynced', params: { version } },
    )
  },
}
