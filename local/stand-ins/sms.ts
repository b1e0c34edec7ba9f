/** The SMS provider. */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Faults } from './faults.ts'
import { answerWith, bearer, type Env, fail, listen, type Listening } from './http.ts'
import type { Inbox } from './inbox.ts'

const sms = z.object({
  to: z.string().min(1),
  template: z.string().min(1),
  params: z.record(z.string(), z.unknown()),
})

const NONSENSE = ['', 'null', '<html>maintenance</html>', '{"sent":"perhaps"}']

export interface SmsOptions {
  port: number
  token: string
  inbox: Inbox
  faults: Faults
}

export async function startSms({ port, token, inbox, faults }: SmsOptions): Promise<Listening> {
  const app = new Hono<Env>()
  app.post('/messages', bearer(token), async (c) => {
    const body = sms.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400)
    const { to, template, params } = body.data
    const failed = await fail(c, faults.meet('sms', to), NONSENSE)
    if (failed) return failed
    inbox.add({ kind: 'sms', to, from: 'SMS', subject: template, text: describe(params) })
    return c.json({ accepted: true }, 202)
  })
  return listen(answerWith(app), port)
}

const describe = (params: Record<string, unknown>): string =>
  Object.entries(params)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
