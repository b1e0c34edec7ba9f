/** What the stand-ins that speak HTTP share: a server on the loopback, a bearer token, and failing on purpose. */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Meeting } from './faults.ts'

export interface Env {
  Bindings: HttpBindings
}

export interface Listening {
  port: number
  close(): Promise<void>
}

export const answerWith = (app: Hono<Env>): RequestListener =>
  getRequestListener(app.fetch, { overrideGlobalObjects: false })

export async function listen(listener: RequestListener, port: number): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: portOf(server), close: () => close(server) }
}

export const bearer = (token: string): MiddlewareHandler => {
  const expected = Buffer.from(`Bearer ${token}`)
  return async (c, next) => {
    const given = Buffer.from(c.req.header('authorization') ?? '')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new HTTPException(401)
    await next()
  }
}

let nextNonsense = 0

/** The answer of a failing service, or undefined when the request is to be answered properly. */
export async function fail(
  c: Context<Env>,
  trouble: Meeting,
  nonsense: readonly string[],
): Promise<Response | undefined> {
  switch (trouble.mode) {
    case 'ok':
      return undefined
    case 'slow':
      await pause(trouble.ms)
      return undefined
    case 'down':
      c.env.incoming.socket.destroy()
      return RESPONSE_ALREADY_SENT
    case 'error': {
      const wait = trouble.retryAfter ?? (trouble.status === 429 ? 1 : undefined)
      const status = trouble.status ?? 500
      const headers = {
        ...(wait !== undefined && { 'retry-after': String(wait) }),
        ...(status < 400 && { location: '/elsewhere' }),
      }
      return new Response(trouble.body ?? 'stand-in: error switched on', { status, headers })
    }
    case 'wrong':
      if (trouble.cut) return await cutAfter(c.env.outgoing, trouble.body ?? '')
      if (trouble.body !== undefined)
        return new Response(trouble.body, { headers: { 'content-type': 'application/json' } })
      nextNonsense += 1
      return new Response(nonsense[nextNonsense % nonsense.length], {
        headers: { 'content-type': 'application/json' },
      })
  }
}

/** The answer begins well and never ends. */
async function cutAfter(outgoing: HttpBindings['outgoing'], body: string): Promise<Response> {
  outgoing.writeHead(200, { 'content-type': 'application/json' })
  await new Promise((resolve) => outgoing.write(body || ' ', resolve))
  outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address.port
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
