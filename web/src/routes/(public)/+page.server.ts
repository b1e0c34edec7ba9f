import { redirect } from '@sveltejs/kit'
import { errorPage } from '#lib/server/submit.ts'
import { homeOf } from '$domain/accounts.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = (event) => {
  const { session, unknown } = event.locals
  if (unknown) errorPage(event, unknown)
  if (session) redirect(303, homeOf[session.account.role])
}
