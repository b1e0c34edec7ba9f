/**
 * A contract is one endpoint as a plain object: path, who may call it, inputs, answers. The API mounts it,
 * OpenAPI is made from it, pages and tests call it through `call`. So each shape is written once.
 */
import type { RouteConfig } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Role } from '../../domain/accounts.ts'
import type { RefusalCode } from '../../domain/result.ts'

/** pages.md 2.12: codes beside the refusals of `domain/`. */
export type ProblemCode = RefusalCode | TransportCode | ProgramCode
export const transportCodes = [
  'AUTH_REQUIRED',
  'CROSS_SITE',
  'INTERNAL',
  'MALFORMED',
  'METHOD_NOT_ALLOWED',
  'PROCESS_UNAVAILABLE',
  'TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION',
] as const
export type TransportCode = (typeof transportCodes)[number]
/** What only the report system is told; no page says them (R38). */
export const programCodes = ['FILED_OTHERWISE', 'NUMBERS_UNKNOWN'] as const
export type ProgramCode = (typeof programCodes)[number]

export type Contract = Pick<RouteConfig, 'method' | 'path' | 'summary' | 'request' | 'responses'> & {
  /** Below `/api/v1`. */
  path: string
  /**
   * `public`: no account needed; `any`: any signed-in person; `report-system`: that program, by its token; else the roles
   * that find it (others: 404).
   */
  access: 'public' | 'any' | 'report-system' | readonly Role[]
  /** R3: refused with UNIT_NOT_AUTHORISED (403) while the account's unit has not authorised it. */
  authorisedOnly?: boolean
}

/** RFC 9457. `code` is what programs read; texts are the reader's business. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    params: z.record(z.string(), z.unknown()),
    errors: z.array(
      z.object({ path: z.string(), code: z.string(), params: z.record(z.string(), z.unknown()) }),
    ),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

/** The path of `errors[]` names a field of the body, `query.x` or `params.x`; '' is the whole. */
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})
export const problems = {
  400: problem('The request cannot be read'),
  401: problem('Sign in first'),
  403: problem('Not allowed'),
  404: problem('Does not exist, or you may not see it'),
  409: problem('The state does not allow it'),
  410: problem('It was valid once'),
  413: problem('The body is too large'),
  415: problem('The body is not UTF-8'),
  422: problem('The input is wrong'),
  423: problem('Locked'),
  429: problem('Too often; try again at params.time'),
  500: problem('A fault of ours; requestId finds it in the log'),
  503: problem('Background processing is unavailable; nothing was lost, try again with the same key'),
} as const

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
export const body = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

export const Id = z.uuid()
export const backupParams = z.object({ backupId: Id })
/** ISO-8601 with offset. */
export const Time = z.iso.datetime({ offset: true })
/** Decimal string in MB. */
export const Megabytes = z.string().regex(/^\d+(\.\d{1,3})?$/)

/** Every write takes it: the same key with the same body is the same act, and repeating it is its status. */
export const IdempotencyKey = z.object({
  'idempotency-key': z.string().min(8).max(200).optional(),
})

export const pageQuery = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(10),
}
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    page: z.int(),
    size: z.int(),
    total: z.union([z.int(), z.object({ atLeast: z.int() })]),
  })

/** 202: the act is accepted for processing but not yet certain; repeat the same request with the same key. */
export const Accepted = z.object({ id: Id, status: z.string() }).meta({ id: 'Accepted' })
