import type { Context, MiddlewareHandler } from 'hono'
import type { Env } from '../deps.ts'
import { ProblemError } from './problems.ts'

const mostBytes = 256 * 1024

/**
 * Reads a body of at most 256 KB, however it is sent. Hono's own limit wraps the request again, which fails
 * for the light requests that node-server makes (`overrideGlobalObjects: false`).
 */
export const readBody: MiddlewareHandler<Env> = async (c, next) => {
  if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw new ProblemError('TOO_LARGE')
  const text = c.req.raw.body ? await readText(c.req.raw.body) : ''
  keep(c, text)
  await next()
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > mostBytes) throw new ProblemError('TOO_LARGE')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Where Hono keeps a body that was read; its type names what the promise holds, not the promise. */
function keep(c: Context<Env>, text: string): void {
  const cache: Record<string, unknown> = c.req.bodyCache
  cache.text = Promise.resolve(text)
}
