/** One message for the next page, in a cookie of a minute: codes, accessions and sizes, no personal data. */
import type { Cookies } from '@sveltejs/kit'
import type { Flash } from '#lib/words/flash.ts'
import { flashText, isFlash } from '#lib/words/flash.ts'

const cookie = 'flash'

export function setFlash(cookies: Cookies, flash: Omit<Flash, 'id'>): void {
  const text = JSON.stringify({ id: Date.now(), ...flash })
  cookies.set(cookie, text, { path: '/', httpOnly: true, sameSite: 'lax', maxAge: 60 })
}

export type Toast = Flash & { text: string }
/** With its text, so that the texts of all messages are not sent to each page. */
export function takeFlash(cookies: Cookies): Toast | null {
  const text = cookies.get(cookie)
  if (text === undefined) return null
  cookies.delete(cookie, { path: '/' })
  try {
    const flash: unknown = JSON.parse(text)
    return isFlash(flash) ? { ...flash, text: flashText(flash) } : null
  } catch {
    return null // not ours
  }
}
