import type { Db } from '../db/connect.ts'
import type { Keyring } from '../runtime/keys.ts'
import type { Logger } from '../runtime/log.ts'
import type { Attempts } from './attempts/attempt.ts'
import type { Mailer } from './ports/mail.ts'
import type { ReportSystem } from './ports/report-system.ts'
import type { RepositoryLookup } from './ports/repositories.ts'

/** Everything an activity needs, put together once in `worker/`. */
export type Deps = {
  db: Db
  codeKeys: Keyring
  /** Address of the pages, for mails. */
  publicUrl: string
  attempts: Attempts
  repositories: RepositoryLookup
  mailer: Mailer
  reportSystem: ReportSystem
  /** An attempt tells its workflow that the row says something new about why it waits. */
  tellTrouble: (workflowId: string) => Promise<void>
  log: Logger
}
