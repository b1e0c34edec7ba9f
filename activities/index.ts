import type { OwnCommand, PersonCommand } from '../domain/backup/commands.ts'
import { enterCode, sendCode } from './backup/consents.ts'
import type { Deps } from './deps.ts'
import { editFile, linkFile } from './backup/files.ts'
import { submit } from './backup/numbers.ts'
import { look, record, type Call } from './record.ts'
import { settle } from './attempts/later.ts'
import type { Job } from '../domain/backup/state.ts'
import { orDefect } from './defects.ts'

type Plain = Extract<PersonCommand, { type: 'editBackup' | 'discard' | 'removeFile' }>
type CallOf<T extends PersonCommand['type']> = Call<Extract<PersonCommand, { type: T }>>

/**
 * What workflows call. Each may run twice and happens once; an expected failure is an answer, and what is
 * thrown is retried, but a person's command only while our database is away. Names are the words on the timeline in Temporal Web.
 */
export const createActivities = (deps: Deps) => ({
  /** The row as it is. */
  look: (backupId: string, now: number) => look(deps, backupId, now),
  /** A change that needs nobody outside. */
  change: (call: Call<Plain>) => orDefect(deps, record(deps, call)),
  /** What the outside world answered, or that a time has come. */
  recordOutcome: (call: Call<OwnCommand>) => record(deps, call),
  linkFile: (call: CallOf<'linkFile'>) => orDefect(deps, linkFile(deps, call)),
  editFile: (call: CallOf<'editFile'>) => orDefect(deps, editFile(deps, call)),
  sendCode: (call: CallOf<'sendCode'>) => orDefect(deps, sendCode(deps, call)),
  enterCode: (call: CallOf<'enterCode'>, proof: string) => orDefect(deps, enterCode(deps, call, proof)),
  submit: (call: CallOf<'submit'>) => orDefect(deps, submit(deps, call)),
  askRepository: (job: Job) => settle(deps, job),
  mailCode: (job: Job) => settle(deps, job),
  tellReportSystem: (job: Job) => settle(deps, job),
})
export type Activities = ReturnType<typeof createActivities>
