/** The timeline of a backup in words. They are chosen on the server: their many texts are not sent to the browser. */
import type { Backup, TimelineEntry } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { pendingWaits, type PendingWait } from '#lib/server/waits.ts'
import { showDate } from '#lib/words/formats.ts'
import { factText } from '#lib/words/timeline.ts'

export type Told = {
  waits: PendingWait[]
  /** As the API gives them, newest first, by their day in Beijing. */
  days: { day: string; entries: { at: string; text: string }[] }[]
}

export function tellTimeline(
  backup: Backup,
  files: readonly File[],
  timeline: readonly TimelineEntry[],
): Told {
  const isAmended = timeline.some((entry) => entry.action === 'fileAmended')
  const entries = timeline.flatMap((entry) => {
    const text = factText(entry, backup.number)
    return text === null ? [] : [{ day: showDate(entry.at), at: entry.at, text }]
  })
  const days = [...new Set(entries.map(({ day }) => day))].map((day) => ({
    day,
    entries: entries.filter((entry) => entry.day === day).map(({ at, text }) => ({ at, text })),
  }))
  return { waits: pendingWaits(backup, files, isAmended), days }
}
