/** A draft itself: its name and content types, and giving it up. */
import { offeredDataTypes } from '../catalogue.ts'
import { asTyped } from '../text.ts'
import { isSameSet, meant, staleFields } from './conflicts.ts'
import { changed, refused, unchanged, type Rule } from './decision.ts'
import { countedFiles, type Backup } from './state.ts'

type BackupValues = Pick<Backup, 'name' | 'contentTypes'>

/** R13: a content type that a linked file's data type depends on stays. */
export const editBackup: Rule<'editBackup'> = {
  by: ['custodian'],
  in: ['draft'],
  decide(draft, command) {
    const typed = { name: asTyped(command.name), contentTypes: command.contentTypes }
    const { name, contentTypes } = meant<BackupValues>(draft, typed, command.base)
    const offered = offeredDataTypes(contentTypes)
    const needing = countedFiles(draft.files).filter((file) => !offered.includes(file.dataType))
    if (needing.length > 0) {
      const dropped = draft.contentTypes.filter(
        (content) =>
          !contentTypes.includes(content) &&
          needing.some((file) => offeredDataTypes([content]).includes(file.dataType)),
      )
      return refused('CONTENT_TYPE_IN_USE', {
        contentTypes: dropped,
        accessions: needing.map((file) => file.accession),
        fileIds: needing.map((file) => file.id),
      })
    }
    if (name === draft.name && isSameSet(contentTypes, draft.contentTypes)) return unchanged
    const stale = staleFields<BackupValues>(draft, { name, contentTypes }, command.base)
    if (stale.length > 0) return refused('VERSION_CONFLICT', { fields: stale })
    return changed({ ...draft, name, contentTypes }, { action: 'backupEdited' })
  },
}

/** R16: a soft delete. */
export const discard: Rule<'discard'> = {
  by: ['custodian'],
  in: ['draft'],
  already: 'discarded',
  decide: (draft) => changed({ ...draft, stage: 'discarded' }, { action: 'backupDiscarded' }),
}
