/** The two amounts of a file: edited in a draft (R24), amended after the lock (R35). */
import type { Params } from '../result.ts'
import { meant, staleFields } from './conflicts.ts'
import type { EditFile } from './commands.ts'
import { changed, factOf, refused, unchanged, withFile, type Decision, type Rule } from './decision.ts'
import { findFile, type Completed, type DataFile, type Draft } from './state.ts'

type Amounts = Pick<DataFile, 'sampleCount' | 'mbPerSample'>

export const editFile: Rule<'editFile', Draft | Completed> = {
  by: ['custodian'],
  in: ['draft', 'completed'],
  decide(state, command) {
    const file = findFile(state, command.fileId)
    if (!file) return refused('NOT_FOUND')
    if (file.status === 'checking') return refused('FILE_CHECKING')
    const amounts = meant<Amounts>(file, amountsOf(command), command.base)
    if (amounts.sampleCount === file.sampleCount && amounts.mbPerSample === file.mbPerSample) return unchanged
    const stale = staleFields<Amounts>(file, amounts, command.base)
    if (stale.length > 0) return refused('VERSION_CONFLICT', { fields: stale, fileId: file.id })
    const after = withFile(state, { ...file, ...amounts })
    return after.stage === 'draft'
      ? changed(after, factOf('fileEdited', file, changesOf(file, amounts)))
      : amended(after, file, amounts, command.note)
  },
}

/** Each amendment is a version of its own for the report system. */
function amended(state: Completed, file: DataFile, amounts: Amounts, reason: string | undefined): Decision {
  const version = state.report.version + 1
  return changed(
    { ...state, report: { ...state.report, version } },
    { ...factOf('fileAmended', file, { version, ...changesOf(file, amounts) }), reason },
  )
}

const amountsOf = ({ sampleCount, mbPerSample }: EditFile): Amounts => ({ sampleCount, mbPerSample })

/** What changes, from and to, for the timeline. */
const changesOf = (file: DataFile, { sampleCount, mbPerSample }: Amounts): Params => ({
  ...(sampleCount !== file.sampleCount && { sampleCount: [file.sampleCount, sampleCount] }),
  ...(mbPerSample !== file.mbPerSample && { mbPerSample: [file.mbPerSample, mbPerSample] }),
})
