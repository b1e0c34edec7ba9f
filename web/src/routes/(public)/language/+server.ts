import { redirect } from '@sveltejs/kit'
import { returnPath } from '$domain/return-path.ts'
import { one } from '#lib/forms/refused.ts'
import { typed } from '#lib/server/submit.ts'
import { languageCookie, languageTags, localeOf } from '#lib/words/language.ts'
import type { RequestHandler } from './$types'

const year = 365 * 24 * 3600

export const POST: RequestHandler = async (event) => {
  const values = await typed(event)
  const tag = languageTags[localeOf(one(values, 'lang'))]
  event.cookies.set(languageCookie, tag, { path: '/', maxAge: year, sameSite: 'lax', httpOnly: true })
  redirect(303, returnPath(one(values, 'to')) || '/')
}
