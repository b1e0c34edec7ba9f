/** What the routes work with; made once in `main.ts`, and by tests. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Db } from '../db/connect.ts'
import type { ApiConfig } from '../runtime/config.ts'
import type { Keyring } from '../runtime/keys.ts'
import type { Log } from '../runtime/log.ts'
import type { Role } from '../domain/accounts.ts'
import type { Identity } from './sign-in/identity.ts'
import type { Readiness } from './http/readiness.ts'
import type { Known } from './process/known.ts'
import type { Backups } from './process/temporal.ts'

export type Deps = {
  config: ApiConfig
  log: Log
  db: Db
  /** For the proof of a typed code (R31). */
  codeKeys: Keyring
  identity: Identity
  /** The processes behind the backups; the only way to change one. */
  backups: Backups
  /** What was read of backups and projects, so that a command is not preceded by a read. */
  known: Known
  readiness: Readiness
}

/** The signed-in person of a request. */
export type Actor = {
  accountId: string
  name: string
  email: string
  role: Role
  unit: { id: string; name: string } | null
  unitAuthorised: boolean
  idToken: string
  idleEndsAt: Date
  endsAt: Date
  /** The database's time, in epoch ms: what people are shown must not hang on this machine's clock. */
  now: () => number
}

export type Env = {
  /**
   * `inProcess`: called by our own pages, which have checked where the form came from. `address`: of the
   * client. No header can say either.
   */
  Bindings: { inProcess?: boolean; address?: string }
  Variables: { requestId: string; log: Log; actor?: Actor; found?: unknown }
}
export type App = OpenAPIHono<Env>
