/** What the researcher can do next about a draft, and how many files wait for whom. */
import { resendAt } from './consent.ts'
import { needsStaff, type Cause } from './outside.ts'
import { countedFiles, type DataFile } from './state.ts'
import { fileWaitsFor, waits, type Wait } from './waits.ts'

/** `cause`: why the outside world gave no answer that counts. */
type Watched = DataFile & { cause: Cause | null }

/** Of the unfinished files. One that needs staff waits for them alone. */
export function waitCounts(files: readonly Watched[], now: number): { wait: Wait; files: number }[] {
  const found = files.map((file) => {
    const wait = fileWaitsFor(file, now)
    return wait !== null && needsStaff(file.cause) ? 'staff' : wait
  })
  return waits
    .map((wait) => ({ wait, files: found.filter((each) => each === wait).length }))
    .filter((each) => each.files > 0)
}

export const acts = ['submit', 'send', 'correct', 'add'] as const
export type Todo = { act: (typeof acts)[number]; fileIds: string[] }

/** The next act first: a code before a correction, because its answer takes days and the correction fits in meanwhile. */
export function todos(files: readonly Watched[], now: number): Todo[] {
  const found = { submit: [], send: [], correct: [], add: [] } as Record<Todo['act'], string[]>
  for (const file of files) {
    const act = actFor(file, now)
    if (act) found[act].push(file.id)
  }
  const counted = countedFiles(files)
  return acts
    .filter((act) => {
      if (act === 'add') return counted.length === 0
      if (act === 'submit') return counted.length > 0 && counted.every(({ status }) => status === 'done')
      return found[act].length > 0
    })
    .map((act) => ({ act, fileIds: found[act] }))
}

/** None while another code may not be mailed yet (R27). */
function actFor(file: DataFile, now: number): 'send' | 'correct' | null {
  if (fileWaitsFor(file, now) !== 'researcher') return null
  if (file.status === 'mismatch' || file.consent.status === 'undelivered') return 'correct'
  const nextAt = resendAt(file.consent)
  return nextAt === null || nextAt <= now ? 'send' : null
}
