import { redirect } from '@sveltejs/kit'
import { languageCookie, languageTags, localeOf } from '#lib/words/language.ts'
import type { RequestHandler } from './$types'

const year = 365 * 24 * 3600

const text = (value: FormDataEntryValue | null): string => (typeof value === 'string' ? value : '')

export const POST: RequestHandler = async ({ request, cookies }) => {
  const form = await request.formData()
  const tag = languageTags[localeOf(text(form.get('lang')))]
  cookies.set(languageCookie, tag, { path: '/', maxAge: year, sameSite: 'lax', httpOnly: true })
  const to = text(form.get('to'))
  redirect(303, /^\/(?![/\\])/.test(to) ? to : '/')
}
