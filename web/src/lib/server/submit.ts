/** Pages call the API through these two: `read` for what a page shows, `submit` for what a form does. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ActionFailure, RequestEvent } from '@sveltejs/kit'
import { error, fail } from '@sveltejs/kit'
import type { Args, Done } from '$contracts/call.ts'
import { call } from '$contracts/call.ts'
import type { Contract, Problem } from '$contracts/contract.ts'
import type { RefusedForm, Values } from '#lib/forms/refused.ts'
import { one, refusedAs, unconfirmed, valuesOf } from '#lib/forms/refused.ts'
import { idempotencyKey, newCommand } from './command.ts'
import { readForm } from './form.ts'

type Submitted<C extends Contract> =
  Done<C> | { ok: false; problem: Problem; failure: ActionFailure<RefusedForm> }

/** The answer's body, or the error page that fits. */
export async function read<const C extends Contract>(
  event: RequestEvent,
  contract: C,
  args: Args<C>,
): Promise<Done<C>['body']> {
  const answer = await call(event.fetch, contract, args)
  // Narrowing takes the union apart; it is one of C's successes.
  if (answer.ok) return answer.body as Done<C>['body']
  return errorPage(event, answer.problem)
}

export function errorPage(event: RequestEvent, problem: Problem): never {
  const { status, code, requestId } = problem
  const time = retryAt(event, problem)
  return error(status, {
    message: code,
    wasSignedIn: event.locals.wasSignedIn,
    ...(requestId !== undefined && { requestId }),
    ...(time !== undefined && { time }),
  })
}

export const typed = async (event: RequestEvent): Promise<Values> => valuesOf(await readForm(event.request))

const tries = 3
const pause = 2000 // Retry-After of the API's 202

/** Sends what was typed. While the API says “in progress”, the same request is repeated: that is its status. */
export async function submit<const C extends Contract>(
  event: RequestEvent,
  contract: C,
  args: Args<C>,
  values: Values,
): Promise<Submitted<C>> {
  const cmd = one(values, 'cmd') || newCommand()
  let answer = await submitOnce(event, contract, args, { ...values, cmd })
  for (let i = 1; i < tries && isInProgress(answer); i++) {
    await delay(pause)
    answer = await submitOnce(event, contract, args, { ...values, cmd })
  }
  return isInProgress(answer) ? refused(unconfirmed, values, cmd) : answer
}

/** The same without repeating, for a page that shows “in progress” itself. */
export async function submitOnce<const C extends Contract>(
  event: RequestEvent,
  contract: C,
  args: Args<C>,
  values: Values,
): Promise<Submitted<C>> {
  const cmd = one(values, 'cmd') || newCommand()
  const key = idempotencyKey(cmd, [contract.method, contract.path, args.params, args.body])
  const answer = await call(event.fetch, contract, { ...args, idempotencyKey: key })
  if (answer.ok) return answer as unknown as Submitted<C> // likewise
  if (answer.status === 401) return error(401, { message: answer.problem.code, wasSignedIn: true })
  retryAt(event, answer.problem)
  return refused(answer.problem, values, answer.status === 503 ? cmd : newCommand())
}

/** R58: a conflict shows what is there now beside what was typed, and the form goes on from that. */
export async function withLatest<Latest>(
  { problem, failure }: { problem: Problem; failure: ActionFailure<RefusedForm> },
  readLatest: () => Promise<Latest>,
): Promise<ActionFailure<RefusedForm & { latest?: Latest }>> {
  if (problem.code !== 'VERSION_CONFLICT') return failure
  try {
    return fail(failure.status, { ...failure.data, latest: await readLatest() })
  } catch {
    return failure // what is there now cannot be read; what was typed stays all the same
  }
}

/** A refusal that the page itself states, in the API's form. */
export function refuseHere(values: Values, errors: Problem['errors']): ActionFailure<RefusedForm> {
  const problem = { ...unconfirmed, status: 422, code: 'VALIDATION' }
  return fail(422, refusedAs({ ...problem, errors }, values, one(values, 'cmd') || newCommand()))
}

const refused = (problem: Problem, values: Values, cmd: string) =>
  ({
    ok: false,
    problem,
    failure: fail(problem.status, refusedAs(problem, values, cmd)),
  }) as const

/** When a limit lets it go again; the answer says so in its header too (once: calls run side by side). */
function retryAt({ locals, setHeaders }: RequestEvent, { status, params }: Problem): string | undefined {
  if (status !== 429 || typeof params.time !== 'string') return undefined
  if (locals.retryAt === undefined) {
    const seconds = Math.ceil((Date.parse(params.time) - Date.now()) / 1000)
    setHeaders({ 'retry-after': String(Math.max(1, seconds)) })
    locals.retryAt = params.time
  }
  return params.time
}

/** Accepted for processing, not decided. Any other 202 is decided, and tells what goes on by itself. */
const isInProgress = (answer: { ok: boolean; status?: number; body?: unknown }): boolean =>
  answer.status === 202 &&
  typeof answer.body === 'object' &&
  answer.body !== null &&
  'status' in answer.body &&
  answer.body.status === 'processing'
