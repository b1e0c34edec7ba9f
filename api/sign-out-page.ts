import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Env } from './deps.ts'

/**
 * Takes the person on to the provider's logout by POST: the ID token names them, and no personal data
 * stands in an address (R59; OpenID Connect RP-Initiated Logout §2 allows both methods).
 */
export function signOutPage(
  c: Context<Env>,
  { url, fields }: { url: string; fields: Record<string, string> },
): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64')
  // `form-action` holds for every redirect that follows, so it names both sides.
  c.header(
    'content-security-policy',
    `default-src 'none'; script-src 'nonce-${nonce}'; form-action 'self' ${new URL(url).origin}; frame-ancestors 'none'; base-uri 'none'`,
  )
  c.header('cache-control', 'no-store')
  return c.html(
    html`<!doctype html>
      <html lang="zh">
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>退出登录 · Sign out</title>
        <form method="post" action="${url}">
          ${Object.entries(fields).map(
            ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
          )}
          <p>
            您已退出本平台，正在退出人遗系统。<br />You are signed out here; signing out of the report system.
          </p>
          <button>继续 · Continue</button>
        </form>
        <script nonce="${nonce}">
          document.forms[0].submit()
        </script>
      </html>`,
  )
}
