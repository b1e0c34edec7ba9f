import { isUtf8 } from 'node:buffer'
import type { Context, MiddlewareHandler } from 'hono'
import { isUtf8Type } from '../../domain/text.ts'
import type { Env } from '../deps.ts'
import { ProblemError } from './problems.ts'

/**
 * Reads a body of at most so many bytes, however it is sent. Hono's own limit wraps the request again, which fails
 * for the light requests that node-server makes (`overrideGlobalObjects: false`).
 */
export const readBodyUpTo =
  (mostBytes: number): MiddlewareHandler<Env> =>
  async (c, next) => {
    // JSON is UTF-8 (RFC 8259); under another name it would be read as something else.
    if (!isUtf8Type(c.req.header('content-type') ?? '')) throw new ProblemError('UNSUPPORTED_MEDIA_TYPE')
    if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw new ProblemError('TOO_LARGE')
    const text = c.req.raw.body ? await readText(c.req.raw.body, mostBytes) : ''
    keep(c, text)
    await next()
  }

export const readBody = readBodyUpTo(256 * 1024)

async function readText(body: ReadableStream<Uint8Array>, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > mostBytes) throw new ProblemError('TOO_LARGE')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  // Decoding puts U+FFFD for what it cannot read, and that would be kept.
  if (!isUtf8(bytes)) throw new ProblemError('MALFORMED')
  return bytes.toString('utf8')
}

/** Where Hono keeps a body that was read; its type names what the promise holds, not the promise. */
function keep(c: Context<Env>, text: string): void {
  const cache: Record<string, unknown> = c.req.bodyCache
  cache.text = Promise.resolve(text)
}
