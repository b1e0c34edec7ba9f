import { exportManagedBackups } from '$contracts/managed.ts'
import { Problem } from '$contracts/contract.ts'
import { errorPage } from '#lib/server/submit.ts'
import type { RequestHandler } from './$types'

/** The API's file as it is; the address has the filters of the list, and its tab. */
export const GET: RequestHandler = async (event) => {
  const query = new URLSearchParams(event.url.searchParams)
  for (const name of ['page', 'size', 'tab']) query.delete(name)
  query.set('stage', event.url.searchParams.get('tab') ?? 'completed')
  query.set('language', event.locals.locale)
  const answer = await event.fetch(`/api/v1${exportManagedBackups.path}?${query}`)
  if (!answer.ok) errorPage(event, Problem.parse(await answer.json()))
  const headers = ['content-type', 'content-disposition'].map((name) => [
    name,
    answer.headers.get(name) ?? '',
  ])
  return new Response(answer.body, { headers: Object.fromEntries(headers) as Record<string, string> })
}
