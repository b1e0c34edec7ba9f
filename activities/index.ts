import type { LinkFile, OwnCommand, PersonCommand } from '../domain/backup/commands.ts'
import type { Job } from '../domain/backup/owed.ts'
import { nowTry } from './attempts/now.ts'
import { settle } from './attempts/later.ts'
import { linkFile } from './backup/link-file.ts'
import type { Call } from './call.ts'
import { endOnDefect } from './defects.ts'
import type { Deps } from './deps.ts'
import { look, record } from './record.ts'

/**
 * What workflows call. Each may run twice and has its effect once. An expected failure is an answer. What is
 * thrown is retried; a person's command only while our database is away. Temporal Web shows the names on its timeline.
 */
export const createActivities = (deps: Deps) => ({
  /** The row as it is. */
  look: (backupId: string, now: number) => look(deps, backupId, now),
  /** A person's change that needs nothing from outside. */
  change: (call: Call<PersonCommand>) => endOnDefect(deps, record(deps, call)),
  /** A person's change, and one try of the work that it made owed: a mail (R25), a version for the report system (R37). */
  changeAndSettle: (call: Call<PersonCommand>) =>
    endOnDefect(
      deps,
      record(deps, call).then((recorded) => nowTry(deps, call, recorded)),
    ),
  /** The repository is asked first (R20). */
  linkFile: (call: Call<LinkFile>) => endOnDefect(deps, linkFile(deps, call)),
  /** What the outside world answered, or that a time has come. */
  recordOutcome: (call: Call<OwnCommand>) => record(deps, call),
  askRepository: (job: Job) => settle(deps, job),
  mailCode: (job: Job) => settle(deps, job),
  tellReportSystem: (job: Job) => settle(deps, job),
})
export type Activities = ReturnType<typeof createActivities>
