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
