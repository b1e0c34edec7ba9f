/** Lists with filters in their address. */
import type { RequestEvent } from '@sveltejs/kit'
import { redirect } from '@sveltejs/kit'
import type { Args, Done } from '$contracts/call.ts'
import { call } from '$contracts/call.ts'
import type { Contract } from '$contracts/contract.ts'
import { asTyped } from '$domain/text.ts'
import { errorPage } from './submit.ts'

/** What the address asks for; empty fields ask for nothing. A cell copied from a table brings its tabs along. */
export const filtersOf = <const Name extends string>({ url }: RequestEvent, names: readonly Name[]) =>
  Object.fromEntries(
    names.map((name) => {
      const typed = asTyped((url.searchParams.get(name) ?? '').replace(/\p{Cc}/gu, ' ')).slice(0, 4000)
      return [name, typed === '' ? undefined : typed]
    }),
  ) as Record<Name, string | undefined> // of these names

/** An address that cannot be read, or whose names another account sealed, leads to the list without filters. */
export async function readFiltered<const C extends Contract>(
  event: RequestEvent,
  contract: C,
  args: Args<C>,
): Promise<Done<C>['body']> {
  const answer = await call(event.fetch, contract, args)
  // Narrowing takes the union apart; it is one of C's successes.
  if (answer.ok) return answer.body as Done<C>['body']
  if (answer.status === 422 && event.url.search !== '') redirect(303, event.url.pathname)
  return errorPage(event, answer.problem)
}
