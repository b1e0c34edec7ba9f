import type { RequestEvent } from '@sveltejs/kit'
import { error } from '@sveltejs/kit'
import type { Session } from '$contracts/session.ts'

/** For pages that read nothing from the API: what one may not see answers 404 (R56). */
export function requireResearcher({ locals }: Pick<RequestEvent, 'locals'>): Session {
  if (!locals.session) error(401, { message: 'AUTH_REQUIRED', wasSignedIn: locals.wasSignedIn })
  if (locals.session.account.role !== 'researcher') error(404, { message: 'NOT_FOUND' })
  return locals.session
}
