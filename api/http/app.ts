/** `/api`, `/auth`, `/healthz` and `/readyz` as one Hono app; tests call it by `app.request`. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import { authRoutes } from '../sign-in/routes.ts'
import type { App, Deps, Env } from '../deps.ts'
import { docsPage } from './docs.ts'
import { isDatabaseOutage } from '../../db/outages.ts'
import { securityHeaders } from './headers.ts'
import { type OpenApiDocument, openApiOf } from './openapi.ts'
import { answerProblem, ProblemError, problem } from './problems.ts'
import { requestIdOf, withRequestId } from './request-id.ts'
import { mountBackups } from '../routes/backups.ts'
import { mountConsents } from '../routes/consents.ts'
import { mountAmendments } from '../routes/amendments.ts'
import { mountFiles } from '../routes/files.ts'
import { mountFilings } from '../routes/filings.ts'
import { mountManaged } from '../routes/managed.ts'
import { mountNumbers } from '../routes/numbers.ts'
import { mountProjects } from '../routes/projects.ts'
import { mountSession } from '../routes/session.ts'
import { mountTimeline } from '../routes/timeline.ts'

export function createApp(deps: Deps): App {
  const app: App = new OpenAPIHono<Env>()
  app.use(logged(deps))
  app.onError((error, c) => answerError(deps, c, error))
  app.notFound((c) => answerProblem(c, problem('NOT_FOUND')))

  app.get('/healthz', (c) => c.json({ status: 'up' }))
  app.get('/readyz', async (c) => {
    const { shallow, deep } = deps.readiness
    const readiness = await (c.req.query('deep') === undefined ? shallow() : deep())
    return c.json(readiness, readiness.status === 'ready' ? 200 : 503)
  })
  app.route('/auth', authRoutes(deps))

  const v1: App = new OpenAPIHono<Env>()
  const api = { app: v1, deps }
  mountSession(api)
  mountProjects(api)
  mountBackups(api)
  mountFiles(api)
  mountAmendments(api)
  mountConsents(api)
  mountNumbers(api)
  mountTimeline(api)
  mountManaged(api)
  mountFilings(api)
  const document = openApiOf(v1, deps.config.PUBLIC_URL)
  refuseOtherMethods(v1, document)
  v1.get('/openapi.json', (c) => c.json(document))
  app.route('/api/v1', v1)
  app.get('/api/docs', (c) => docsPage(c, document))
  return app
}

/** RFC 9110 §15.5.6: a known path with a method that it does not have is answered with the methods that it has. */
function refuseOtherMethods(app: App, { paths = {} }: OpenApiDocument): void {
  for (const [path, operations] of Object.entries(paths)) {
    const allowed = Object.keys(operations).map((method) =>
      method === 'get' ? 'GET, HEAD' : method.toUpperCase(),
    )
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => {
      c.header('allow', allowed.join(', '))
      return answerProblem(c, problem('METHOD_NOT_ALLOWED'))
    })
  }
}

/** One id per request, one line per request; the path as a pattern, because ids and searches stay out. */
const logged =
  ({ log }: Deps) =>
  async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const requestId = requestIdOf(c.req.header('x-request-id'))
    const start = performance.now()
    c.set('requestId', requestId)
    c.header('x-request-id', requestId)
    await withRequestId(requestId, next)
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value)
    c.header('cache-control', 'no-store')
    if (!c.res.headers.has('content-security-policy'))
      c.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    const { method } = c.req
    const { status } = c.res
    const ms = Math.round(performance.now() - start)
    const line = { requestId, method, path: patternOf(c), status, ms, accountId: c.get('actor')?.accountId }
    if (['/healthz', '/readyz'].includes(c.req.path)) log.debug(line, 'request')
    else log.info(line, 'request')
  }

/**
 * The path of the route, with ids in their places; of what came in a path nothing else is written: it may be a name or a
 * phone number (R59).
 */
function patternOf(c: Context<Env>): string {
  const route = matchedRoutes(c).findLast(({ path }) => !path.includes('*'))
  const came = c.req.path.split('/')
  return (route?.path ?? '/…')
    .split('/')
    .map((step, i) => (step.startsWith(':') ? (isId(came[i]) ? came[i] : '…') : step))
    .join('/')
}

const isId = (step = ''): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(step)

function answerError({ log }: Deps, c: Context<Env>, error: Error): Response {
  if (error instanceof ProblemError) return answerProblem(c, error.result)
  // The library's own: JSON that cannot be read (400), a body that is not JSON (415).
  if (error instanceof HTTPException && error.status < 500) return answerProblem(c, problem('MALFORMED'))
  const requestId = c.get('requestId')
  if (isDatabaseOutage(error)) {
    log.error({ requestId, err: error }, 'the database does not answer')
    return answerProblem(c, problem('PROCESS_UNAVAILABLE'))
  }
  log.error({ requestId, err: error }, 'unexpected')
  return answerProblem(c, problem('INTERNAL'))
}
