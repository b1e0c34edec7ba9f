/**
 * A backup as the rules see it: loaded whole and locked, saved by its difference; only the worker's role can. As people read it:
 * `lists/backups.ts`.
 */
import { randomBytes } from 'node:crypto'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import { accessionKey } from '../domain/accessions.ts'
import type { Answer } from '../domain/backup/decision.ts'
import type { Report } from '../domain/backup/report.ts'
import type { Backup, Completed, DataFile, Submitted } from '../domain/backup/state.ts'
import { wakeAt } from '../domain/backup/waits.ts'
import type { ContentType } from '../domain/catalogue.ts'
import { checkCodeOf } from '../domain/numbers.ts'
import { appendingAudit, type AuditEntry } from './audit.ts'
import { type Asked, compiledOnce, inOneMessage } from './compiled.ts'
import type { Db, Trx } from './connect.ts'
import { fileOf, type FileRow } from './files.ts'
import { type Answered, answerTo, type CommandKey, type KeptAnswer, writeAnswer } from './idempotency.ts'
import { drawNumber, writeNumber } from './numbers.ts'
import { type OperatorItem, writeItem } from './operator-items.ts'
import { writeOwed } from './owed.ts'
import { reportOf, writeAcknowledged, writeReport } from './reports.ts'
import type { Tables } from './tables.ts'
import { closes } from './together.ts'
import { type CountedRow, writeCounted, writeUncounted } from './windows.ts'

type Row = Selectable<Tables['backups']>
/** What the rules need of a backup's row; the lead's address stands in its project. */
export type StateRow = Pick<
  Row,
  | 'id'
  | 'reference'
  | 'projectId'
  | 'unitId'
  | 'custodianId'
  | 'name'
  | 'contentTypes'
  | 'stage'
  | 'version'
  | 'number'
  | 'issuedAt'
  | 'reportVersion'
  | 'reportAcknowledged'
> & { leadEmail: string }

/**
 * A backup as the rules see it, from its row and the rows of its files. Throws for a completed row without a number:
 * the database allows none.
 */
export function backupOf(row: StateRow, files: readonly FileRow[]): Backup {
  const { id, reference, projectId, unitId, custodianId, leadEmail, name, contentTypes, version } = row
  const common = {
    ...{ id, reference, projectId, unitId, custodianId, leadEmail, name, contentTypes, version },
    files: files.map(fileOf),
  }
  const { stage, number, issuedAt } = row
  if (stage !== 'completed') return { ...common, stage }
  if (number === null || issuedAt === null) throw new Error(`${reference} is completed and has no number`)
  const report = { version: row.reportVersion, acknowledged: row.reportAcknowledged }
  return { ...common, stage, number, issuedAt: issuedAt.getTime(), report }
}

type Accepted = Extract<Answer, { ok: true }>

/** Locks the row and returns the backup as it is now; undefined when there is none. */
export async function lockBackup(trx: Trx, backupId: string): Promise<Backup | undefined> {
  return (await lockBackupAnd(trx, backupId, null))?.state
}

/** The same, and what was answered under this key before. */
export async function lockBackupAnd(
  trx: Trx,
  backupId: string,
  command: Pick<CommandKey, 'key' | 'bodyHash'> | null,
): Promise<{ state: Backup; known: Answer | undefined } | undefined> {
  // Two statements: one that waits for the lock can return the parent fresh and the children stale.
  const [[row], rows] = await inOneMessage(
    trx,
    (asked) => lockRow(asked, { backupId }),
    (asked) => childrenOf(asked, { backupId, key: command?.key ?? null }),
  )
  if (!row) return undefined
  const [answered] = rows
  return {
    state: backupOf(row, filesIn(rows)),
    known: command && answered?.bodyHash != null ? answerTo<Accepted>(command, answered) : undefined,
  }
}

/** Without a lock: for looking, never for deciding what is written. `seen`: the workflow itself looks. */
export async function readBackup(
  db: Db,
  backupId: string,
  { seen = false } = {},
): Promise<Backup | undefined> {
  return (await readBackupAnd(db, backupId, null, { seen }))?.state
}

/** The same, and whether anything was answered under this key. */
export async function readBackupAnd(db: Db, backupId: string, key: string | null, { seen = false } = {}) {
  const rows = await (seen ? lookAtWhole : readWhole)(db, { backupId, key })
  const [row] = rows
  return row && { state: backupOf(row, filesIn(rows)), isAnswered: row.bodyHash !== null }
}

const backupRow = (backupId: string) => sql<StateRow>`
  select b.id, b.reference, b.project_id, b.unit_id, b.custodian_id, b.name, b.content_types, b.stage, b.version,
    b.number, b.issued_at, b.report_version, b.report_acknowledged, p.lead_email
  from backups b join projects p on p.id = b.project_id where b.id = ${backupId}`

/** The columns of a file are all there, or all null: a backup without files is one row too. */
type Child = (
  (Omit<FileRow, 'id' | 'status'> & { fileId: string; fileStatus: FileRow['status'] }) | { fileId: null }
) &
  ({ bodyHash: null } | Answered)
const childColumns = sql`k.body_hash, k.answer, f.id as file_id, f.data_type, f.sample_count, f.mb_per_sample,
  f.depositor_email, f.accession, f.status as file_status, c.status as consent_status, c.generation, c.requested_at,
  c.sent_at, c.expires_at, c.wrong_tries, c.wrong_tries_next, c.trouble,
  c.smtp_code, t.wrong`
/** The files of `b`, and what was answered under the key. */
const children = (key: string | null) => sql`
  left join commands k on k.key = ${key}
  left join (data_files f join consents c on c.file_id = f.id) on f.backup_id = b.id and f.removed_at is null
  left join code_tries t on t.project_id = b.project_id and t.accession_key = f.accession_key
  order by f.position`

const lockRow = compiledOnce((db: Asked, { backupId }: { backupId: string }) =>
  sql<StateRow>`${backupRow(backupId)} for update of b for share of p`.compile(db),
)
const childrenOf = compiledOnce((db: Asked, { backupId, key }: { backupId: string; key: string | null }) =>
  sql<Child>`select ${childColumns}
    from (select id, project_id from backups where id = ${backupId}) as b ${children(key)}`.compile(db),
)
const whole = (seeing: RawBuilder<unknown>) =>
  compiledOnce((db, { backupId, key }: { backupId: string; key: string | null }) =>
    sql<StateRow & Child>`with b as (${backupRow(backupId)}) ${seeing}
      select b.*, ${childColumns} from b ${children(key)}`.compile(db),
  )
const readWhole = whole(sql``)
// A change that commits meanwhile was not seen: then the version is another one, and stays unseen.
const lookAtWhole = whole(sql`, seen as (update backups s set seen_version = b.version
  from b where s.id = b.id and s.version = b.version and s.seen_version < b.version)`)

const filesIn = (rows: readonly Child[]): FileRow[] =>
  rows.flatMap((child) =>
    child.fileId === null ? [] : [{ ...child, id: child.fileId, status: child.fileStatus }],
  )

/** What is written with a change, or with a refusal that counts: in the same statement. */
export type Beside = {
  counted?: readonly CountedRow[]
  uncounted?: readonly CountedRow[]
  item?: OperatorItem
  answer?: KeptAnswer
  /** Of the backup as it then stands. */
  audit?: (after: Backup) => AuditEntry
  /** Of a refusal that changes nothing. */
  refused?: AuditEntry
}

/**
 * Writes what differs between the two, `version + 1`, the deadline, the rows of `owed` and what stands `beside`, all in
 * one statement, and returns the backup as it now stands: with its number, when this is the transaction that issues it
 * (R33). `seen`: the workflow itself does it, so it knows.
 */
export async function saveBackup(
  trx: Trx,
  before: Backup,
  decided: Backup | Submitted,
  by: { seen: boolean; keyId: string },
  beside: Beside = {},
): Promise<Backup> {
  const version = before.version + 1
  const issued = decided.stage === 'submitted' ? await issue(trx, decided) : undefined
  const after: Backup = {
    ...(decided.stage === 'submitted' ? completedOf(decided, issued) : decided),
    version,
  }
  const [was, told] = [reportedOf(before), reportedOf(after)]
  const report = told.version > was.version ? (issued?.report ?? (await reportOf(trx, after))) : undefined
  await write(
    trx,
    [
      ...writeFiles(before, after, by.keyId),
      writeRow(before, after, by.seen, issued),
      ...(issued ? [writeNumber(after.id, issued)] : []),
      ...(report ? [writeReport(after.id, told.version, report)] : []),
      ...(told.acknowledged > was.acknowledged ? [writeAcknowledged(after.id, told.acknowledged)] : []),
      ...writeOwed(before, after),
    ],
    beside,
    after,
  )
  return after
}

/** Writes what a command leaves that does not change the backup. */
export const saveBeside = (trx: Trx, beside: Omit<Beside, 'audit'>): Promise<void> => write(trx, [], beside)

/**
 * Each part writes one table, as `name as (insert …)`. They all see the rows as they were before the statement, and
 * foreign keys are looked at when it ends.
 */
async function write(
  trx: Trx,
  parts: readonly RawBuilder<unknown>[],
  { counted = [], uncounted = [], item, answer, audit, refused }: Beside,
  after?: Backup,
): Promise<void> {
  const all = [
    ...parts,
    ...writeCounted(counted),
    ...writeUncounted(uncounted),
    ...(item ? [writeItem(item)] : []),
    ...(answer ? [writeAnswer(answer)] : []),
  ]
  if (all.length === 0) return
  const entry = audit && after ? audit(after) : refused
  const last = entry ? appendingAudit(entry) : sql`1`
  // Its names are written out and nobody reads its row: nothing is left for the plugin, which would walk through all of it.
  await sql`with ${sql.join(all)} select ${last} as written${closes}`.execute(trx.withoutPlugins())
}

function writeRow(before: Backup, after: Backup, seen: boolean, issued: Issued | undefined) {
  const due = wakeAt(after)
  const told = reportedOf(after)
  const isAcknowledged = told.acknowledged > reportedOf(before).acknowledged
  return sql`backup_row as (update backups set
    name = ${after.name}, content_types = ${after.contentTypes}, custodian_id = ${after.custodianId},
    stage = ${after.stage}, version = ${after.version}, deadline = ${due === null ? null : new Date(due)},
    report_version = ${told.version}, report_acknowledged = ${told.acknowledged}, changed_at = clock_timestamp()
    ${seen ? sql`, seen_version = ${after.version}` : sql``}
    ${isAcknowledged ? sql`, acknowledged_at = clock_timestamp()` : sql``}
    ${
      issued
        ? sql`, number = ${issued.number}, issued_at = ${issued.issuedAt}, check_code = ${issued.checkCode},
            snapshot = ${JSON.stringify(issued.report)}`
        : sql``
    }
    where id = ${after.id})`
}

const neverReported = { version: 0, acknowledged: 0 }
const reportedOf = (backup: Backup): Completed['report'] =>
  backup.stage === 'completed' ? backup.report : neverReported

/** The submitted draft with the number that this transaction has drawn. */
function completedOf(submitted: Submitted, issued: Issued | undefined): Completed {
  if (!issued) throw new Error('A submission draws a number')
  const { number, issuedAt } = issued
  const report = { version: 1, acknowledged: 0 }
  return { ...submitted, stage: 'completed', number, issuedAt: issuedAt.getTime(), report }
}

function writeFiles(before: Backup, after: Backup, keyId: string): RawBuilder<unknown>[] {
  const known = new Map(before.files.map((file) => [file.id, file]))
  const kept = new Set(after.files.map((file) => file.id))
  const removed = before.files.filter((file) => !kept.has(file.id)).map((file) => file.id)
  const changed = after.files.filter((file) => known.get(file.id) !== file)
  const rows = changed.filter((file) => {
    const old = known.get(file.id)
    return !old || valuesOf(old) !== valuesOf(file)
  })
  const consents = changed.filter((file) => file.consent !== known.get(file.id)?.consent)
  const tried = changed.filter((file) => {
    const old = known.get(file.id)
    return old && old.wrongTriesForLife !== file.wrongTriesForLife
  })
  return [
    ...(removed.length > 0
      ? [
          sql`removed_files as (update data_files set removed_at = clock_timestamp()
            where id = any(${removed}::uuid[]) and backup_id = ${after.id} returning 1)`,
        ]
      : []),
    ...(rows.length > 0 ? [writeFileRows(after.id, rows, removed.length > 0)] : []),
    ...(consents.length > 0 ? [writeConsents(consents, keyId)] : []),
    ...(tried.length > 0
      ? [
          sql`tries as (insert into code_tries (project_id, accession_key, wrong)
            select ${after.projectId}::uuid, accession_key, wrong
            from unnest(${tried.map((file) => accessionKey(file.accession))}::text[],
              ${tried.map((file) => file.wrongTriesForLife)}::integer[]) as tried (accession_key, wrong)
            on conflict (project_id, accession_key) do update set wrong = excluded.wrong)`,
        ]
      : []),
  ]
}

/** What of a file changes after it was linked. */
const valuesOf = ({ sampleCount, mbPerSample, status }: DataFile): string =>
  [sampleCount, mbPerSample, status].join(' ')

/** New files stand last, in their order; after those that go, whose accession one of them may have. */
const writeFileRows = (backupId: string, files: readonly DataFile[], isAfterRemoval: boolean) => sql`
  files as (insert into data_files (id, backup_id, position, data_type, sample_count, mb_per_sample, depositor_email,
      accession, accession_key, status)
    select f.id, ${backupId}::uuid, f.place + coalesce((select max(position) from data_files where backup_id = ${backupId}), 0),
      f.data_type, f.sample_count, f.mb_per_sample, f.depositor_email, f.accession, f.accession_key, f.status
    from jsonb_to_recordset(${JSON.stringify(
      files.map((file, i) => ({
        id: file.id,
        place: i + 1,
        data_type: file.dataType,
        sample_count: file.sampleCount,
        mb_per_sample: file.mbPerSample,
        depositor_email: file.depositorEmail,
        accession: file.accession,
        accession_key: accessionKey(file.accession),
        status: file.status,
      })),
    )}::jsonb) as f (id uuid, place integer, data_type smallint, sample_count integer, mb_per_sample numeric,
      depositor_email text, accession text, accession_key text, status text)
    where ${isAfterRemoval ? sql`(select count(*) from removed_files) >= 0` : sql`true`}
    on conflict (id) do update set sample_count = excluded.sample_count, mb_per_sample = excluded.mb_per_sample,
      status = excluded.status)`

/** A consent keeps the key with which its codes were made first. */
const writeConsents = (files: readonly DataFile[], keyId: string) => sql`
  consents_of_files as (insert into consents (file_id, status, generation, requested_at, sent_at, expires_at, wrong_tries,
      wrong_tries_next, trouble, smtp_code, key_id)
    select c.file_id, c.status, c.generation, c.requested_at, c.sent_at, c.expires_at, c.wrong_tries, c.wrong_tries_next,
      c.trouble, c.smtp_code, ${keyId}
    from jsonb_to_recordset(${JSON.stringify(
      files.map(({ id, consent }) => ({
        file_id: id,
        status: consent.status,
        generation: consent.generation,
        requested_at: isoTime(consent.requestedAt),
        sent_at: isoTime(consent.sentAt),
        expires_at: isoTime(consent.expiresAt),
        wrong_tries: consent.wrongTries,
        wrong_tries_next: consent.wrongTriesNext,
        trouble: consent.trouble,
        smtp_code: consent.smtpCode,
      })),
    )}::jsonb) as c (file_id uuid, status text, generation integer, requested_at timestamptz, sent_at timestamptz,
      expires_at timestamptz, wrong_tries integer, wrong_tries_next integer, trouble text, smtp_code text)
    on conflict (file_id) do update set status = excluded.status, generation = excluded.generation,
      requested_at = excluded.requested_at, sent_at = excluded.sent_at, expires_at = excluded.expires_at,
      wrong_tries = excluded.wrong_tries, wrong_tries_next = excluded.wrong_tries_next, trouble = excluded.trouble, smtp_code = excluded.smtp_code)`

const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

type Issued = { number: string; issuedAt: Date; checkCode: string; report: Report }

/** R33: the number, and the as-issued snapshot. */
async function issue(trx: Trx, backup: Submitted): Promise<Issued> {
  const [report, drawn] = await inOneMessage(
    trx,
    (asked) => reportOf(asked, backup),
    (asked) => drawNumber(asked, backup.unitId),
  )
  return { ...drawn, checkCode: checkCodeOf(randomBytes(5)), report }
}

export type NewDraft = {
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  name: string
  contentTypes: readonly ContentType[]
}

/** R12: undefined when the reference is taken; draw another. */
export async function insertDraft(trx: Trx, draft: NewDraft): Promise<string | undefined> {
  const row = await trx
    .insertInto('backups')
    .values({ ...draft, contentTypes: [...draft.contentTypes] })
    .onConflict((conflict) => conflict.column('reference').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
