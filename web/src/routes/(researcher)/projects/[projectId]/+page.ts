import type { PageLoad } from './$types'

/** The question before a backup is discarded comes only where it is asked. */
export const load: PageLoad = async ({ data, url }) => ({
  ...data,
  ConfirmForm: url.searchParams.has('discard')
    ? (await import('#lib/forms/ConfirmForm.svelte')).default
    : undefined,
})
