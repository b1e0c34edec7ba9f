import type { PageLoad } from './$types'

/** What stands in it only sometimes: a browser fetches what it shows. */
export const load: PageLoad = async ({ data }) => {
  const [Snapshot, Amendments] = await Promise.all([
    data.snapshot ? import('#lib/backup/Snapshot.svelte') : undefined,
    data.amendments ? import('#lib/backup/Amendments.svelte') : undefined,
  ])
  return { ...data, Snapshot: Snapshot?.default, Amendments: Amendments?.default }
}
