import { redirect } from '@sveltejs/kit'
import { homeOf } from '#lib/shell/menu.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = ({ locals }) => {
  if (locals.session) redirect(303, homeOf(locals.session.account.role))
}
