/** Lists page by page. The page number comes from the address, so it may be any text. */
import type { RequestEvent } from '@sveltejs/kit'
import { redirect } from '@sveltejs/kit'

/** What the address asks for; what is no page and no size is left to the default. */
export function pagingOf({ url }: RequestEvent): { page: number | undefined; size: number | undefined } {
  const asked = (name: string, most: number): number | undefined => {
    const number = Number(url.searchParams.get(name))
    return Number.isInteger(number) && number >= 1 && number <= most ? number : undefined
  }
  return { page: asked('page', 1_000_000), size: asked('size', 100) }
}

type Page = { items: unknown[]; page: number; size: number; total: number | { atLeast: number } }

/** Beyond the end is the last page (pages.md 2.5). */
export function leadToLastPage({ url }: RequestEvent, { items, page, size, total }: Page): void {
  const last = Math.max(1, Math.ceil((typeof total === 'number' ? total : total.atLeast) / size))
  if (items.length > 0 || page <= last) return
  const there = new URL(url)
  there.searchParams.set('page', String(last))
  redirect(303, there.pathname + there.search)
}
