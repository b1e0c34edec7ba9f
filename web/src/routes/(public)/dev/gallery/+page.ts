import { error } from '@sveltejs/kit'
import type { PageLoad } from './$types'

/** The gallery of the components is for `npm run dev`: a build drops the import, and knows no such page. */
export const load: PageLoad = async () => {
  if (import.meta.env.DEV) return { Gallery: (await import('../../../../gallery/Gallery.svelte')).default }
  error(404)
}
