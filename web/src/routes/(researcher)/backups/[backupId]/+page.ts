import type { PageLoad } from './$types'

/** P6 or P13: a browser fetches the one that it shows. */
export const load: PageLoad = async ({ data }) => ({
  ...data,
  Stage: (await (data.backup.stage === 'draft' ? import('./Draft.svelte') : import('./Completed.svelte')))
    .default,
})
