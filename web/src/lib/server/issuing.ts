/** The command of a submission that is not answered yet, in a cookie of P12's page: repeating it is its status. */
import type { Cookies } from '@sveltejs/kit'

const name = 'issuing'
const pathOf = (backupId: string): string => `/backups/${backupId}/result`

export const keepCommand = (cookies: Cookies, backupId: string, cmd: string): void =>
  cookies.set(name, cmd, { path: pathOf(backupId), httpOnly: true, sameSite: 'strict', maxAge: 3600 })
export const keptCommand = (cookies: Cookies): string | undefined => cookies.get(name)
export const dropCommand = (cookies: Cookies, backupId: string): void =>
  cookies.delete(name, { path: pathOf(backupId) })
