/**
 * Mounts one contract: access, then the thing in the path, then the input, then the handler. What a
 * contract need not repeat (401, 500, 503, …) is added to its answers here.
 */
import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { readAs } from '../../db/actor.ts'
import { findHashKey } from '../../db/idempotency.ts'
import { checkAccess } from './access.ts'
import { readBody } from './body.ts'
import { type CommandKey, commandKey } from './command-keys.ts'
import { type Contract, problems } from '../contracts/contract.ts'
import type { Actor, App, Deps, Env } from '../deps.ts'
import { answerProblem, ProblemError, type ProblemResult, problem } from './problems.ts'
import { fieldErrors } from './validation.ts'

type Part<C extends Contract, P extends string> = C extends { request: Record<P, infer S extends z.ZodType> }
  ? z.output<S>
  : undefined
type BodyOf<C extends Contract> = C extends {
  request: { body: { content: { 'application/json': { schema: infer S extends z.ZodType } } } }
}
  ? z.output<S>
  : undefined
type ActorOf<C extends Contract> = C['access'] extends 'public'
  ? Actor | undefined
  : C['access'] extends 'report-system'
    ? undefined
    : Actor

/** `query`: undefined when it is not valid, which is refused after a thing that is not found. */
type Looking<C extends Contract> = {
  actor: ActorOf<C>
  params: Part<C, 'params'>
  query: Part<C, 'query'> | undefined
}
type HandlerInput<C extends Contract, Found> = Omit<Looking<C>, 'query'> & {
  query: Part<C, 'query'>
  body: BodyOf<C>
  found: Found
  command: CommandKey
}
type Success = 200 | 201 | 202 | 204
/** An answer that is no JSON; `type` is one that the contract names. */
export type SentFile = { type: string; name: string; content: Uint8Array<ArrayBuffer> }
type BodyAt<R> = R extends { content: { 'application/json': { schema: infer S extends z.ZodType } } }
  ? { body: z.input<S> }
  : R extends { content: object }
    ? { file: SentFile }
    : object
/** One of the contract's successes with its body. */
type Reply<C extends Contract> = {
  [S in keyof C['responses'] & Success]: { status: S } & BodyAt<C['responses'][S]>
}[keyof C['responses'] & Success]

type Options<C extends Contract, Found> = {
  /** The thing in the path, as this actor may see it; undefined → 404. */
  find?: (looking: Looking<C>) => Promise<Found | undefined>
}
type Handler<C extends Contract, Found> = (asked: HandlerInput<C, Found>) => Promise<Reply<C> | ProblemResult>
export type Api = { app: App; deps: Deps }

export function mount<const C extends Contract, Found = undefined>(
  { app, deps }: Api,
  contract: C,
  { find }: Options<C, Found>,
  handler: Handler<C, Found>,
): void {
  const guard: MiddlewareHandler<Env> = async (c, next) => {
    const actor = await checkAccess(deps, contract, c)
    if (actor) c.set('actor', actor)
    if (find) {
      const params = contract.request?.params as z.ZodType | undefined // contracts use plain zod
      const known = params?.safeParse(c.req.param())
      if (known?.success === false) throw new ProblemError('NOT_FOUND')
      // The types follow from the contract, which TypeScript cannot see through the router.
      const query = (contract.request?.query as z.ZodType | undefined)?.safeParse(c.req.query())
      const found = await find({ actor, params: known?.data, query: query?.data } as Looking<C>)
      if (found === undefined) throw new ProblemError('NOT_FOUND')
      c.set('found', found)
    }
    await next()
  }
  app.openapi(
    createRoute({
      ...documented(contract),
      middleware: contract.request?.body ? [guard, readBody] : [guard],
    }),
    async (c: Context<Env>) => {
      const asked = readInput<C, Found>(deps, c)
      const first = await handler(asked)
      const command = isReused(first) ? await hashedAsBefore(deps, asked) : undefined
      const reply = command ? await handler({ ...asked, command }) : first
      return isRefused(reply) ? answerProblem(c, reply) : answer(c, contract, reply)
    },
    (result, c) =>
      result.success
        ? undefined
        : answerProblem(c, problem('VALIDATION', {}, fieldErrors(result.error.issues, result.target))),
  )
}

const isRefused = (reply: object): reply is ProblemResult => 'ok' in reply && reply.ok === false
const isReused = (reply: object): boolean => isRefused(reply) && reply.code === 'IDEMPOTENCY_KEY_REUSED'

/**
 * The request as it was hashed when its command key was first used (decision 003). Undefined when that was with the same
 * code key, or with one that has left the ring: then the refusal stands.
 */
async function hashedAsBefore(
  { db, codeKeys }: Deps,
  { actor, command }: { actor: Actor | undefined; command: CommandKey },
): Promise<CommandKey | undefined> {
  if (!actor) return undefined
  const keyId = await readAs(db, actor.accountId, (trx) => findHashKey(trx, command.key))
  return keyId && keyId !== command.hashKeyId && codeKeys.keys.has(keyId)
    ? command.hashedWith(keyId)
    : undefined
}

function readInput<C extends Contract, Found>({ codeKeys }: Deps, c: Context<Env>): HandlerInput<C, Found> {
  // Validated just before by the library, with the schemas that `HandlerInput` is made from.
  const valid = (target: 'json' | 'query' | 'param' | 'header'): Record<string, unknown> | undefined =>
    (c.req.valid as (target: string) => Record<string, unknown> | undefined)(target)
  const actor = c.get('actor')
  const key = valid('header')?.['idempotency-key']
  const command = commandKey(codeKeys, {
    accountId: actor?.accountId ?? '',
    method: c.req.method,
    path: c.req.path,
    idempotencyKey: typeof key === 'string' ? key : undefined,
    body: valid('json'),
  })
  return {
    actor,
    params: valid('param'),
    query: valid('query'),
    body: valid('json'),
    found: c.get('found'),
    command,
  } as HandlerInput<C, Found>
}

function answer(
  c: Context<Env>,
  contract: Contract,
  reply: { status: number; body?: unknown; file?: SentFile },
): Response {
  const { status, file } = reply
  if (status === 204) return c.body(null, 204)
  if (file) return sendFile(c, file)
  if (status === 202) c.header('retry-after', '2')
  const response = contract.responses[status] as { content: { 'application/json': { schema: z.ZodType } } }
  // Parsed by the contract: fields that it does not name are not sent, and a wrong answer is an error.
  const body = response.content['application/json'].schema.parse(reply.body) as object
  return c.json(body, status as ContentfulStatusCode)
}

/** RFC 6266: a name in Chinese needs the second form. */
function sendFile(c: Context<Env>, { type, name, content }: SentFile): Response {
  c.header('content-type', type)
  const plain = name.replace(/[^\x20-\x7e]+/g, 'export').replaceAll('"', '')
  c.header(
    'content-disposition',
    `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`,
  )
  return c.body(content)
}

/** The contract as a route: without what only we read, with the answers that every one of its kind can give. */
function documented({ access, authorisedOnly, ...contract }: Contract): RouteConfig {
  const { request } = contract
  const writes = contract.method !== 'get'
  const signedIn = access !== 'public'
  return {
    ...contract,
    security: access === 'report-system' ? [{ reportSystem: [] }] : signedIn ? [{ session: [] }] : [],
    description: describeAccess(access, authorisedOnly),
    responses: {
      ...(signedIn && { 401: problems[401] }),
      ...(writes && { 403: problems[403] }),
      ...((request?.params || Array.isArray(access)) && { 404: problems[404] }),
      ...(request?.body && { 400: problems[400], 413: problems[413], 415: problems[415] }),
      ...((request?.body || request?.query || request?.headers) && { 422: problems[422] }),
      429: problems[429],
      500: problems[500],
      503: problems[503],
      ...contract.responses,
    },
  }
}

function describeAccess(access: Contract['access'], authorisedOnly = false): string {
  if (access === 'public') return 'No account needed.'
  if (access === 'report-system') return 'The report system, with its token.'
  const who = access === 'any' ? 'Any signed-in person.' : `Role: ${access.join(', ')}.`
  return authorisedOnly ? `${who} The unit must have authorised the account.` : who
}
