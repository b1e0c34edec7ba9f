/** The control page: the outside world as buttons for people, and as JSON for scripts and tests. */
import { Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { z } from 'zod'
import type { World } from '../world.ts'
import { accountChange, type Accounts } from './accounts.ts'
import { controlPage, type Links, messagePage } from './control-page.ts'
import { type Fault, type Faults, faultSchema, modes, targetsNamed } from './faults.ts'
import { answerWith, type Env, listen, type Listening } from './http.ts'
import type { Identity } from './identity.ts'
import type { Inbox } from './inbox.ts'
import type { ReportSystem } from './report-system.ts'
import type { Repositories } from './repositories.ts'

export interface ControlOptions {
  port: number
  links: Links
  world: World
  accounts: Accounts
  faults: Faults
  inbox: Inbox
  identity: Identity
  repositories: Repositories
  report: ReportSystem
}

const filing = z.strictObject({ filingNumber: z.string().min(1), numbers: z.array(z.string().min(1)).min(1) })

export async function startControl(options: ControlOptions): Promise<Listening> {
  const app = new Hono<Env>()
  app.use(csrf())
  scriptRoutes(app, options)
  pageRoutes(app, options)
  app.notFound((c) => c.json({ error: 'Not found' }, 404))
  app.onError((error, c) =>
    'getResponse' in error ? error.getResponse() : c.json({ error: error.message }, 500),
  )
  return listen(answerWith(app), options.port)
}

function scriptRoutes(app: Hono<Env>, options: ControlOptions): void {
  const { accounts, faults, inbox, identity, repositories, report } = options

  app.get('/messages', (c) => {
    const to = c.req.query('to')?.toLowerCase()
    return c.json(
      inbox.newestFirst().filter((message) => to === undefined || message.to.toLowerCase() === to),
    )
  })
  app.get('/lookups', (c) => {
    const accession = c.req.query('accession')?.toUpperCase()
    const { entries } = repositories.lookups
    return c.json(
      entries.filter((entry) => accession === undefined || entry.accession.toUpperCase() === accession),
    )
  })
  app.get('/faults', (c) => c.json(faults.all()))
  app.put('/faults/:target', async (c) => {
    const targets = targetsNamed(c.req.param('target'))
    if (!targets)
      return c.json({ error: 'Unknown: a repository, repository (all of them), mail, sms or report' }, 404)
    const fault = faultSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!fault.success) return c.json({ error: z.prettifyError(fault.error) }, 400)
    faults.set(targets, fault.data)
    return c.json(faults.all())
  })
  app.put('/accounts/:login', async (c) => {
    const change = accountChange.safeParse(await c.req.json().catch(() => undefined))
    if (!change.success) return c.json({ error: z.prettifyError(change.error) }, 400)
    const changed = accounts.change(c.req.param('login'), change.data)
    if (!changed) return c.json({ error: 'Nobody has this login' }, 404)
    await identity.endSessions()
    return c.json(changed)
  })
  app.get('/accounts', (c) => c.json(accounts.all()))
  app.get('/report/backups', (c) => c.json(report.backups()))
  app.get('/report/filings', (c) => c.json(report.filings()))
  app.post('/report/filings', async (c) => {
    const body = filing.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400)
    const answer = await report.file(body.data.filingNumber, body.data.numbers)
    return c.json(answer, answer.status >= 200 && answer.status < 300 ? 200 : 502)
  })
}

function pageRoutes(app: Hono<Env>, options: ControlOptions): void {
  const { accounts, faults, identity, inbox } = options

  app.get('/', async (c) => c.html(await controlPage(options)))
  app.get('/inbox/:id', async (c) => {
    const message = inbox.newestFirst().find(({ id }) => id === c.req.param('id'))
    return message ? c.html(await messagePage(message)) : c.notFound()
  })
  app.post('/do/fault', async (c) => {
    const form = await c.req.parseBody()
    const targets = targetsNamed(textOf(form.target))
    const mode = modes.find((known) => known === form.mode)
    const only = textOf(form.only)
    if (!targets || !mode) return c.notFound()
    faults.set(targets, { mode, ...(only && { only }) } satisfies Fault)
    return c.redirect('/#faults', 303)
  })
  app.post('/do/account', async (c) => {
    const form = await c.req.parseBody()
    if (!accounts.change(textOf(form.login), { active: form.active === 'true' })) return c.notFound()
    await identity.endSessions()
    return c.redirect('/#accounts', 303)
  })
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
