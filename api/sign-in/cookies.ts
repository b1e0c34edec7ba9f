import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Env } from '../deps.ts'

/**
 * `__Host-`: this host only, over https (or localhost), whole site. Two copies on one machine share a host,
 * so the name carries the port of the public address unless it is 443.
 */
export function cookieName(kind: 'sid' | 'login', publicUrl: string): string {
  const { protocol, port } = new URL(publicUrl)
  const number = port || (protocol === 'https:' ? '443' : '80')
  return number === '443' ? `__Host-${kind}` : `__Host-${kind}-${number}`
}

export const readCookie = (c: Context<Env>, name: string): string | undefined => getCookie(c, name)

export const writeCookie = (c: Context<Env>, name: string, value: string, maxAge?: number): void =>
  setCookie(c, name, value, { ...attributes, ...(maxAge !== undefined && { maxAge }) })

export const dropCookie = (c: Context<Env>, name: string): void => {
  deleteCookie(c, name, attributes)
}

// Lax: the cookie must come along when the identity provider sends the person back.
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const
