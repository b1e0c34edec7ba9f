/** One message for the next page, in a cookie of a minute: codes, accessions and sizes, no personal data. */
import type { Cookies } from '@sveltejs/kit'
import type { Flash } from '#lib/words/flash.ts'
import { isFlash } from '#lib/words/flash.ts'

const cookie = 'flash'

export function setFlash(cookies: Cookies, flash: Omit<Flash, 'id'>): void {
  const text = JSON.stringify({ id: Date.now(), ...flash })
  cookies.set(cookie, text, { path: '/', httpOnly: true, sameSite: 'lax', maxAge: 60 })
}

export function takeFlash(cookies: Cookies): Flash | null {
  const text = cookies.get(cookie)
  if (text === undefined) return null
  cookies.delete(cookie, { path: '/' })
  try {
    const flash: unknown = JSON.parse(text)
    return isFlash(flash) ? flash : null
  } catch {
    return null // not ours
  }
}
