import { getManagedBackup, getManagedSnapshot, listManagedAmendments } from '$contracts/managed.ts'
import { read } from '#lib/server/submit.ts'
import { m } from '#lib/paraglide/messages.js'
import { tellTimeline } from '#lib/server/timeline.ts'
import type { PageServerLoad } from './$types'

const tabs = ['snapshot', 'amendments'] as const

export const load: PageServerLoad = async (event) => {
  const { params, url } = event
  const { files, timeline, ...backup } = await read(event, getManagedBackup, { params })
  const isCompleted = backup.stage === 'completed'
  const tab = tabs.find((each) => isCompleted && each === url.searchParams.get('tab')) ?? 'progress'
  const [amendments, snapshot] = await Promise.all([
    tab === 'amendments' ? read(event, listManagedAmendments, { params }) : null,
    tab === 'snapshot' ? read(event, getManagedSnapshot, { params }) : null,
  ])
  return {
    backup,
    files,
    tab,
    amendments: amendments?.items,
    snapshot,
    told: tellTimeline(backup, files, timeline, true),
    words: wordsOf(backup.reference),
  }
}

/** Texts that pages of researchers say too: from here they cost those pages no script. */
const wordsOf = (reference: string) => ({
  reference: m.reference({ reference }),
  contact: m.label_contact(),
  tabs: m.tabs_label(),
  timeline: m.timeline(),
  noFacts: m.timeline_empty(),
  beijing: m.all_beijing_time(),
})
