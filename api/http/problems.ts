/** Problems (RFC 9457): one state per code, and the field that a code belongs to (pages.md 2.12). */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Params } from '../../domain/result.ts'
import type { Problem, ProblemCode } from '../contracts/contract.ts'
import type { Env } from '../deps.ts'

export const statusOf: Readonly<Record<ProblemCode, ContentfulStatusCode>> = {
  ACCESSION_DUPLICATE: 409,
  ACCESSION_ELSEWHERE: 409,
  ACCESSION_FORM: 422,
  ACCESSION_NEAR_MISS: 422,
  ACCESSION_OTHER_REPOSITORY: 422,
  ACCESSION_SUBOBJECT: 422,
  ACCOUNT_ACCESSION_MISMATCH: 422,
  AUTH_REQUIRED: 401,
  BACKUP_LOCKED: 409,
  CHECK_DAILY_LIMIT: 429,
  CODE_EXPIRED: 410,
  CODE_NOT_NEEDED: 409,
  CODE_NOT_SENT: 409,
  CODE_SEND_LIMIT: 429,
  CODE_TOO_SOON: 429,
  CODE_VOIDED: 410,
  CODE_WRONG: 422,
  CONTENT_TYPE_IN_USE: 409,
  CROSS_SITE: 403,
  DATA_TYPE_NOT_OFFERED: 422,
  EXPORT_TOO_LARGE: 409,
  FILED_OTHERWISE: 409,
  FILE_CHECKING: 409,
  FILE_CODE_LOCKED: 423,
  FILES_NOT_READY: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  INTERNAL: 500,
  MALFORMED: 400,
  METHOD_NOT_ALLOWED: 405,
  NO_FILES: 409,
  NOT_FOUND: 404,
  NUMBERS_UNKNOWN: 422,
  PROCESS_UNAVAILABLE: 503,
  PROJECT_NAME_TAKEN: 409,
  RATE_LIMITED: 429,
  TOO_LARGE: 413,
  UNIT_LEFT: 409,
  UNIT_NOT_AUTHORISED: 403,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION: 422,
  VERSION_CONFLICT: 409,
}

/** The fields at which a refusal stands; a form-level one has none. */
const fieldsOf: Partial<Record<ProblemCode, readonly string[]>> = {
  ACCESSION_DUPLICATE: ['accession'],
  ACCESSION_ELSEWHERE: ['accession'],
  ACCESSION_FORM: ['accession'],
  ACCESSION_NEAR_MISS: ['accession'],
  ACCESSION_OTHER_REPOSITORY: ['accession'],
  ACCESSION_SUBOBJECT: ['accession'],
  ACCOUNT_ACCESSION_MISMATCH: ['depositorEmail', 'accession'],
  CODE_WRONG: ['code'],
  CONTENT_TYPE_IN_USE: ['contentTypes'],
  DATA_TYPE_NOT_OFFERED: ['dataType'],
  PROJECT_NAME_TAKEN: ['name'],
}

export type FieldError = Problem['errors'][number]
/** Refusals of `domain/`, and those of the transport. */
export type ProblemResult = { ok: false; code: ProblemCode; params: Params; errors?: readonly FieldError[] }
export const problem = (
  code: ProblemCode,
  params: Params = {},
  errors: readonly FieldError[] = [],
): ProblemResult => ({ ok: false, code, params, errors })

/** Thrown where the flow ends early: in the checks before a handler. */
export class ProblemError extends Error {
  readonly result: ProblemResult
  constructor(code: ProblemCode, params: Params = {}) {
    super(code)
    this.result = problem(code, params)
  }
}

export function problemOf({ code, params, errors = [] }: ProblemResult): Problem {
  const atFields = (fieldsOf[code] ?? []).map((path) => ({ path, code, params }))
  return {
    type: `/api/docs#${code}`,
    title: titleOf(code),
    status: statusOf[code],
    code,
    params,
    errors: [...errors, ...atFields],
  }
}

export function answerProblem(c: Context<Env>, result: ProblemResult): Response {
  const { code, params } = result
  const status = statusOf[code]
  const body: Problem = { ...problemOf(result), ...(status >= 500 && { requestId: c.get('requestId') }) }
  c.header('retry-after', retryAfter(status, params))
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}

/** RFC 9457: a short summary in English that does not change from case to case; people read the code's text. */
export const titleOf = (code: ProblemCode): string => {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** In seconds (RFC 9110 §10.2.3); a limit says when it is free again. */
function retryAfter(status: number, params: Params): string | undefined {
  if (status === 503) return '5'
  if (status !== 429) return undefined
  const at = typeof params['time'] === 'string' ? Date.parse(params['time']) : Number.NaN
  return String(Number.isNaN(at) ? 60 : Math.max(1, Math.ceil((at - Date.now()) / 1000)))
}
