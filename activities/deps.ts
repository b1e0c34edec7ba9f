import type { Db } from '../db/connect.ts'
import type { Keyring } from '../runtime/keys.ts'
import type { Logger } from '../runtime/log.ts'
import type { Attempts } from './attempts.ts'
import type { Mailer } from './mail.ts'
import type { ReportSystem } from './report-system.ts'
import type { RepositoryLookup } from './repositories.ts'

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
  log: Logger
}
