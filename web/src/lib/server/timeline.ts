/** The timeline of a backup in words. They are chosen on the server: their many texts are not sent to the browser. */
import type { Action } from '$domain/backup/decision.ts'
import type { Backup, TimelineEntry } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { pendingWaits, type PendingWait } from '#lib/server/waits.ts'
import { showClock, showDate, showSeconds } from '#lib/words/formats.ts'
import { factText, runText } from '#lib/words/timeline.ts'

export type Told = {
  waits: PendingWait[]
  /** Newest first, by their day in Beijing. */
  days: { day: string; entries: { at: string; time: string; text: string }[] }[]
  /** Every fact, with its seconds; else the newest lines, in which what belongs together is one. */
  isAll: boolean
  /** Whether “all” shows more. */
  hasMore: boolean
}

/** Lines of the short form. */
const shown = 8

/** As the API gives it: newest first. */
export function tellTimeline(
  backup: Backup,
  files: readonly File[],
  timeline: readonly TimelineEntry[],
  isAll: boolean,
): Told {
  const isAmended = timeline.some((entry) => entry.action === 'fileAmended')
  const lines = (isAll ? timeline.map((entry) => [entry]) : runsOf(timeline)).flatMap((run) => {
    const [newest] = run
    const text = newest && (run.length > 1 ? runText(run) : factText(newest, backup.number))
    return text ? [{ at: newest.at, text }] : []
  })
  const entries = isAll ? lines : lines.slice(0, shown)
  const days = [...new Set(entries.map(({ at }) => showDate(at)))].map((day) => ({
    day,
    entries: entries
      .filter(({ at }) => showDate(at) === day)
      .map(({ at, text }) => ({ at, time: isAll ? showSeconds(at) : showClock(at), text })),
  }))
  const hasMore = !isAll && entries.length < timeline.length
  return { waits: pendingWaits(backup, files, isAmended), days, isAll, hasMore }
}

/** What may stand in one line with others of its file. */
const kinds: Partial<Record<Action, string>> = {
  codeRequested: 'code',
  codeSent: 'code',
  codeWrong: 'code',
  fileEdited: 'edit',
  backupEdited: 'edit',
}

/** Facts of one kind about one file and of one day, up to the next other fact about that file. */
function runsOf(timeline: readonly TimelineEntry[]): TimelineEntry[][] {
  const runs: TimelineEntry[][] = []
  const open = new Map<string, { key: string; run: TimelineEntry[] }>()
  for (const entry of timeline) {
    const subject = accessionsOf(entry.params.accession)[0] ?? ''
    const kind = kinds[entry.action as Action]
    const key = `${kind} ${entry.actor && kind === 'edit' ? entry.actor : ''} ${showDate(entry.at)}`
    const before = open.get(subject)
    for (const accession of accessionsOf(entry.params.accessions)) open.delete(accession)
    if (kind && before?.key === key) before.run.push(entry)
    else {
      const run = [entry]
      runs.push(run)
      open.set(subject, { key: kind ? key : '', run })
    }
  }
  return runs
}

const accessionsOf = (value: unknown): string[] =>
  [value].flat().filter((each): each is string => typeof each === 'string')
