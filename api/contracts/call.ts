/** The typed client of the contracts, for pages and tests. It never throws for an answer that the API gives. */
import type { z } from 'zod'
import type { Contract } from './contract.ts'
import { Problem } from './contract.ts'

type BodyOf<C> = C extends { request: { body: { content: { 'application/json': { schema: infer S } } } } }
  ? { body: S extends z.ZodType ? { [K in keyof z.input<S>]: unknown } : never }
  : { body?: never }
type ParamsOf<C> = C extends { request: { params: infer S extends z.ZodType } }
  ? { params: z.input<S> }
  : { params?: never }
type QueryOf<C> = C extends { request: { query: infer S extends z.ZodType } }
  ? { query?: Partial<Record<keyof z.input<S>, string | number | undefined>> }
  : { query?: never }

/** What a call needs. Values of the body are unknown on purpose: the API is the only validator. */
export type Args<C extends Contract> = BodyOf<C> & ParamsOf<C> & QueryOf<C> & { idempotencyKey?: string }

type Success = 200 | 201 | 202 | 204
type BodyAt<R> = R extends { content: { 'application/json': { schema: infer S extends z.ZodType } } }
  ? z.output<S>
  : undefined
/** One of the successes that the contract names. */
export type Done<C extends Contract> = {
  [S in keyof C['responses'] & Success]: { ok: true; status: S; body: BodyAt<C['responses'][S]> }
}[keyof C['responses'] & Success]

export type CallResult<C extends Contract> = Done<C> | { ok: false; status: number; problem: Problem }
export type Fetch = (path: string, init: RequestInit) => Promise<Response>

/** A success as the contract describes it (any other answer throws, so that a difference is seen), or the problem. */
export async function call<const C extends Contract>(
  fetch: Fetch,
  contract: C,
  args: Args<C>,
): Promise<CallResult<C>> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (args.body !== undefined) headers['content-type'] = 'application/json'
  if (args.idempotencyKey !== undefined) headers['idempotency-key'] = args.idempotencyKey
  const response = await fetch(pathOf(contract.path, args), {
    method: contract.method.toUpperCase(),
    headers,
    ...(args.body !== undefined && { body: JSON.stringify(args.body) }),
  })
  const { status } = response
  if (!response.ok) return { ok: false, status, problem: Problem.parse(await response.json()) }
  const expected = contract.responses[status] as { content?: JsonContent } | undefined
  if (!expected) throw new Error(`${contract.method} ${contract.path} answered ${status}`)
  const schema = expected.content?.['application/json']?.schema
  const body = schema ? schema.parse(await response.json()) : undefined
  // The contract says which body belongs to which status; TypeScript cannot follow the look-up above.
  return { ok: true, status, body } as CallResult<C>
}

type JsonContent = { 'application/json'?: { schema: z.ZodType } }

type Plain = string | number | undefined

function pathOf(
  template: string,
  args: { params?: Record<string, Plain>; query?: Record<string, Plain> },
): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(args.params?.[name] ?? ''),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(args.query ?? {}))
    if (value !== undefined && value !== '') query.set(name, String(value))
  const search = query.toString()
  return `/api/v1${path}${search && `?${search}`}`
}
