/** The filter forms are posted, so that people's names never stand in an address (R59); what was typed comes back in it sealed. */
import type { RequestEvent } from '@sveltejs/kit'
import { redirect } from '@sveltejs/kit'
import { type PeopleSearch, sealSearch } from '$contracts/managed.ts'
import { one, type Values } from '#lib/forms/refused.ts'
import { submit, typed } from '#lib/server/submit.ts'

/** `plain`: the fields that may stand in the address as they are. */
export async function search(
  event: RequestEvent,
  plain: readonly string[],
  peopleOf: (values: Values) => Partial<PeopleSearch>,
) {
  const values = await typed(event)
  const people = peopleOf(values)
  const query = new URLSearchParams(
    plain.map((name) => [name, one(values, name).trim()]).filter(([, value]) => value !== ''),
  )
  if (Object.values(people).some((name) => name.trim() !== '')) {
    const answer = await submit(event, sealSearch, { body: people }, values)
    if (!answer.ok) return answer.failure
    query.set('f', answer.body.f)
  }
  redirect(303, query.size > 0 ? `${event.url.pathname}?${query}` : event.url.pathname)
}
