import type { RequestEvent } from '@sveltejs/kit'
import { error } from '@sveltejs/kit'
import type { Session } from '$contracts/session.ts'
import { errorPage } from './submit.ts'

/** For pages that read nothing from the API: what one may not see answers 404 (R56). */
export function requireResearcher(event: RequestEvent): Session {
  const { session, unknown, wasSignedIn } = event.locals
  if (unknown) errorPage(event, unknown)
  if (!session) error(401, { message: 'AUTH_REQUIRED', wasSignedIn })
  if (session.account.role !== 'researcher') error(404, { message: 'NOT_FOUND' })
  return session
}

/** The database's clock, as the session of this request was read: countdowns do not hang on this machine's. */
export function serverNowOf({ locals }: RequestEvent): string {
  if (!locals.session) error(401, { message: 'AUTH_REQUIRED', wasSignedIn: locals.wasSignedIn })
  return locals.session.serverNow
}
