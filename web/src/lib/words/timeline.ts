/** The facts of a backup's timeline in words (P6). */
import type { Action } from '$domain/backup/decision.ts'
import type { TimelineEntry } from '$contracts/backups.ts'
import { grouped } from '#lib/words/formats.ts'
import { amountLabel, listed } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'

/** One line, with the actor in front where a person acted; null for a fact of a newer API. */
export function factText(entry: TimelineEntry, number: string | null): string | null {
  const text = (name: string): string => {
    const value = entry.params[name]
    return typeof value === 'string' ? value : ''
  }
  const accession = text('accession')
  const by = (fact: string): string => (entry.actor ? m.fact_by({ name: entry.actor, fact }) : fact)
  switch (entry.action as Action) {
    case 'backupCreated':
      return by(m.fact_backup_created())
    case 'backupEdited':
      return by(m.fact_backup_edited())
    case 'backupDiscarded':
      return by(m.fact_backup_discarded())
    case 'fileAdded':
      return by(m.fact_file_added({ accession }))
    case 'fileAddedAndChecked':
      return by(m.fact_file_added_checked({ accession }))
    case 'fileChecked':
      return m.fact_file_checked({ accession })
    case 'fileMismatched':
      return m.fact_file_mismatched({ accession })
    case 'fileEdited':
    case 'fileAmended': {
      const changes = changesOf(entry)
      return by(
        changes.length > 0
          ? m.fact_file_changed({ accession, changes: listed(changes) })
          : m.fact_file_edited({ accession }),
      )
    }
    case 'fileRemoved':
      return by(m.fact_file_removed({ accession }))
    case 'codeRequested':
      return by(m.fact_code_requested({ accession }))
    case 'codeSent':
      return m.fact_code_sent({ accession })
    case 'codeUndelivered':
      return m.fact_code_undelivered({ accession })
    case 'codesExpired':
      return m.fact_codes_expired({ accession: listed([entry.params.accessions ?? []].flat().map(String)) })
    case 'codeWrong':
      return by(m.fact_code_wrong({ accession }))
    case 'codeVoided':
      return m.fact_code_voided({ accession })
    case 'fileLocked':
      return m.fact_file_locked({ accession })
    case 'fileAuthorised':
      return m.fact_file_authorised({ accession })
    case 'numberIssued':
      return m.fact_number_issued({ number: text('number') || (number ?? '') })
    case 'numberSynced':
      return typeof entry.params.version === 'number' && entry.params.version > 1
        ? m.fact_version_synced({ version: entry.params.version })
        : m.fact_number_synced()
    case 'filed':
      return m.fact_filed({ number: text('filingNumber') })
  }
  return null
}

/** Facts that belong together in one line: what the newest says, and how often. */
export function runText(run: readonly TimelineEntry[]): string | null {
  const [newest] = run
  const wrong = run.filter(({ action }) => action === 'codeWrong').length
  const code = run.find(({ action }) => action === 'codeSent' || action === 'codeRequested')
  if (wrong === 0) {
    if (code) return factText(code, null)
    const fact = newest && factText({ ...newest, params: { accession: newest.params.accession } }, null)
    return fact ? m.fact_times({ fact, n: run.length }) : null
  }
  if (!code) return newest ? m.fact_times({ fact: factText(newest, null) ?? '', n: wrong }) : null
  const fact = factText(code, null) ?? ''
  return m.fact_wrong({ fact, n: wrong })
}

/** `合计例数 50 → 60`; none where an older entry does not say. */
function changesOf({ params }: TimelineEntry): string[] {
  return (['sampleCount', 'mbPerSample'] as const).flatMap((field) => {
    const [from, to] = [params[field] ?? []].flat().map(String)
    return from && to ? [m.fact_change({ label: amountLabel(field), a: grouped(from), b: grouped(to) })] : []
  })
}
