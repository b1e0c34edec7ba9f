import type { PageLoad } from './$types'

/** P6 or P13, and what stands in it only sometimes: a browser fetches what it shows. */
export const load: PageLoad = async ({ data, url }) => {
  const [Stage, RemoveFile, Snapshot, Amendments] = await Promise.all([
    data.backup.stage === 'draft' ? import('./Draft.svelte') : import('./Completed.svelte'),
    url.searchParams.has('remove') ? import('./RemoveFile.svelte') : undefined,
    data.snapshot ? import('#lib/backup/Snapshot.svelte') : undefined,
    data.amendments ? import('#lib/backup/Amendments.svelte') : undefined,
  ])
  return {
    ...data,
    Stage: Stage.default,
    RemoveFile: RemoveFile?.default,
    Snapshot: Snapshot?.default,
    Amendments: Amendments?.default,
  }
}
