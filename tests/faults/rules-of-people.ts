/** Rules of the checker: sessions, units, names, and what two tabs write over each other. */
import { strayTab, type AuditRow, type Entry, type Evidence, type Json } from './evidence.ts'
import { codeOf, fold, group, isAccepted, isDefinite, isLink, same, thingOf, toleranceMs, type Found, type Rule } from './reading.ts' // prettier-ignore

const isEdit = ({ method, body }: Entry): boolean => method === 'PATCH' && body?.['base'] !== undefined
const fields = ['name', 'contentTypes', 'sampleCount', 'mbPerSample']
const isSameField = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) && Array.isArray(b)
    ? same([...(a as string[])].sort(), [...(b as string[])].sort())
    : same(a, b) || Number(a) === Number(b)

/** What an edit's row in the audit changed, of a backup or of one file: the same keys on both sides. */
function changeIn(row: AuditRow, file: string | undefined): { was: Json; is: Json } {
  const of = (side: Json | null): Json =>
    file === undefined
      ? (side ?? {})
      : (((side?.['files'] as Json[] | undefined) ?? []).find(({ id }) => id === file) ?? {})
  return { was: of(row.before), is: of(row.after) }
}

function editsOf({ tables }: Evidence, { path }: Entry): { row: AuditRow; was: Json; is: Json }[] {
  const { backup, file } = thingOf(path)
  return tables.audit
    .filter((row) => row.backup_id === backup && /^(backupEdited|fileEdited|fileAmended)$/.test(row.action))
    .filter((row) => file === undefined || row.file_id === file)
    .map((row) => ({ row, ...changeIn(row, file) }))
}

/** What a file was just before this row, as the audit has told it. */
function fileBefore({ tables }: Evidence, file: string, before: AuditRow): Json {
  const known: Json = {}
  for (const row of [...tables.audit].sort((a, b) => a.id - b.id)) {
    if (row.id >= before.id) break
    if (row.backup_id === before.backup_id) Object.assign(known, changeIn(row, file).is)
  }
  return known
}

export const rulesOfPeople: Record<string, Rule> = {
  'R6 an ended session stays ended': ({ journal }) =>
    journal
      .filter(({ tab, status }) => tab === strayTab && status !== null && status !== 401 && status < 500)
      .map((entry) => ({ text: `its cookie was answered ${entry.status}`, entries: [entry] })),

  'R6 who is disabled gets nothing': ({ journal, disabled }) =>
    disabled.flatMap(({ who, from, to }) =>
      journal
        .filter((entry) => entry.who === who && entry.at > from + toleranceMs && entry.ended < to)
        .filter((entry) => isDefinite(entry) && entry.status !== 401)
        .map((entry) => ({ text: `${who} is disabled and was answered ${entry.status}`, entries: [entry] })),
    ),

  'R51 what is made belongs to the unit that its maker was in': ({ tables }) => {
    const units = new Map(tables.projects.map(({ id, unit_id }) => [id, unit_id]))
    const found: Found[] = tables.backups
      .filter((backup) => backup.unit_id !== units.get(backup.project_id))
      .map(({ reference }) => ({ text: `${reference} is in another unit than its project` }))
    const rows = [...tables.audit].sort((a, b) => a.id - b.id)
    const told = group(
      rows.flatMap((row) => {
        const unit = row.action === 'signedIn' ? row.params['unitId'] : row.after?.['unitId']
        return /^(signedIn|account)/.test(row.action) ? [{ row, who: row.params['accountId'], unit }] : []
      }),
      ({ who }) => who,
    )
    for (const row of rows.filter(({ action }) => ['projectCreated', 'backupCreated'].includes(action))) {
      const made = Date.parse(row.recorded_at)
      const before = (told.get(row.actor_id) ?? []).filter(
        (one) => Date.parse(one.row.recorded_at) <= made + toleranceMs,
      )
      // Another one may have been told while it was being made.
      const units = before.filter(
        (_, i) => Date.parse(before[i + 1]?.row.recorded_at ?? '9999-12-31') > made - toleranceMs,
      )
      if (!units.some(({ unit }) => unit === row.unit_id))
        found.push({
          text: `${row.action} ${row.backup_id ?? row.project_id} in ${row.unit_id}, its maker is in ${units.map(({ unit }) => String(unit)).join(', ')}`,
        })
    }
    return found
  },

  'R8, R23 no two projects of one name, no accession twice in a backup': ({ tables }) => {
    const bare = (accession: string) => fold(accession).replace(/\.\d+$/, '')
    const projects = group(
      tables.projects,
      ({ owner_id, name }) => `${owner_id} has the project ${name.normalize('NFKC').trim()}`,
    )
    const files = group(
      tables.data_files.filter((file) => file.removed_at === null && file.status !== 'mismatch'),
      (file) => `${file.backup_id} links ${bare(file.accession)}`,
    )
    return [...projects, ...files].flatMap(([what, all]): Found[] =>
      all.length > 1 ? [{ text: `${what} ${all.length} times` }] : [],
    )
  },

  'R58 an edit writes over nothing that its form did not show': (evidence) =>
    evidence.journal
      .filter((entry) => isEdit(entry) && isAccepted(entry))
      .flatMap((entry): Found[] => {
        const { body } = entry
        const base = body?.['base'] as Json
        const mark = body?.['mbPerSample'] === undefined ? 'name' : 'mbPerSample' // unlike any other in the run
        return editsOf(evidence, entry)
          .filter(({ is }) => isSameField(is[mark], body?.[mark]))
          .flatMap(({ was, is }) =>
            fields
              .filter((field) => field in base && isSameField(is[field], body?.[field]))
              .filter((field) => field in was && !isSameField(was[field], base[field]))
              .map((field) => ({
                text: `${field}: shown ${JSON.stringify(base[field])}, was ${JSON.stringify(was[field])}`,
                entries: [entry],
              })),
          )
      }),

  'R58 a conflict has another edit as its cause': (evidence) =>
    evidence.journal
      .filter((entry) => isEdit(entry) && codeOf(entry) === 'VERSION_CONFLICT')
      .flatMap((entry): Found[] => {
        const base = entry.body?.['base'] as Json
        const isCause = ({ row, was }: { row: AuditRow; was: Json }) =>
          Date.parse(row.recorded_at) < entry.ended + toleranceMs &&
          fields.some((field) => field in base && field in was && isSameField(was[field], base[field]))
        return editsOf(evidence, entry).some(isCause)
          ? []
          : [{ text: 'no other edit was there', entries: [entry] }]
      }),

  'R21, R25 what is corrected is gone': (evidence) =>
    evidence.tables.audit
      .filter(({ action }) => /^fileAdded/.test(action))
      .flatMap((row): Found[] => {
        const entries = evidence.journal.filter(
          (entry) =>
            isLink(entry) && entry.answer?.['id'] === row.file_id && entry.body?.['replaces'] !== undefined,
        )
        const [entry] = entries
        const replaced = String(entry?.body?.['replaces'])
        const was = entry ? fileBefore(evidence, replaced, row) : {}
        const consent = was['consent'] as Json | undefined
        const isCorrectable =
          was['status'] === 'mismatch' ||
          (was['status'] === 'pending' && consent?.['status'] === 'undelivered')
        const isThere = evidence.tables.data_files.some(
          ({ id, removed_at }) => id === replaced && removed_at === null,
        )
        return isCorrectable && isThere ? [{ text: `file ${replaced} is still there`, entries }] : []
      }),
}
