/** What a fault run leaves behind, as plain data: all that the checker may look at. */
export type Json = Record<string, unknown>

/** One request of one client, and what it was answered. The journal is these, in the order in which they were sent. */
export type Entry = {
  line: number
  who: string
  tab: number
  /** Which of the APIs it was sent to. */
  api: number
  at: number
  ended: number
  method: string
  /** Below `/api/v1`. */
  path: string
  key: string | null
  body: Json | null
  /** Null: no answer came. */
  status: number | null
  answer: Json | null
}

/** The tab of the last, complete look at everything. */
export const lastLook = 99
/** The tab that goes on with the cookie of a session that was ended. */
export const strayTab = 97

/** `unit`: at the start. */
export type Person = {
  login: string
  subject: string
  name: string
  phone: string
  email: string
  unit: string
}
export type DataSet = { repository: string; accession: string; account: string }

/** Rows as `to_jsonb` gives them. */
export type Tables = {
  accounts: { id: string; subject: string }[]
  projects: { id: string; owner_id: string; unit_id: string; name: string; lead_email: string }[]
  backups: BackupRow[]
  data_files: FileRow[]
  consents: ConsentRow[]
  code_tries: { project_id: string; accession_key: string; wrong: number }[]
  commands: {
    key: string
    account_id: string
    answer: { ok?: boolean; code?: string; id?: string }
    at: string
  }[]
  owed: { key: string; subject_id: string; tries: number; cause: string | null }[]
  numbers: { number: string; backup_id: string; issued_at: string }[]
  number_counters: { day: string; last: number }[]
  report_syncs: { backup_id: string; version: number; payload: Report; acknowledged_at: string | null }[]
  audit: AuditRow[]
  audit_heads: { unit_id: string; seq: number; hash: string }[]
}
export type BackupRow = {
  id: string
  reference: string
  project_id: string
  unit_id: string
  custodian_id: string
  name: string
  content_types: string[]
  stage: string
  version: number
  seen_version: number
  number: string | null
  issued_at: string | null
  snapshot: Report | null
  report_version: number
  report_acknowledged: number
}
export type FileRow = {
  id: string
  backup_id: string
  data_type: number
  sample_count: number
  mb_per_sample: number
  depositor_email: string
  accession: string
  accession_key: string
  status: string
  removed_at: string | null
}
type ConsentRow = {
  file_id: string
  status: string
  generation: number
  sent_at: string | null
  expires_at: string | null
  wrong_tries: number
  wrong_tries_next: number
}
export type AuditRow = {
  id: number
  unit_id: string
  seq: number
  at: string
  recorded_at: string
  actor_id: string | null
  action: string
  project_id: string | null
  backup_id: string | null
  file_id: string | null
  params: Json
  before: Json | null
  after: Json | null
  reason: string | null
  previous: string
  hash: string
}
export type Report = {
  name: string
  contentTypes: string[]
  unit: { id: string; name: string }
  custodian: { subject: string; name: string }
  files: ReportedFile[]
  sizeMb: string
}
type ReportedFile = {
  dataType: number
  accession: string
  depositorEmail: string
  sampleCount: number
  mbPerSample: string
}

/** One PUT that the report system kept. */
export type Received = {
  number: string
  version: number
  name: string
  files: number
  sizeMb: string | number
  custodian: unknown
  at: string
}
/** One question that a repository was asked; `answer` null: it got no proper one. */
export type Lookup = {
  at: string
  repository: string
  accession: string
  account: string
  mode: string
  answer: 'match' | 'mismatch' | null
}
/** What was broken on purpose: a process killed, or a switch set some time between `at` and `done`. */
export type Happening = {
  at: number
  done: number
  kill?: string
  /** `repository`: all of them. */
  target?: string
  fault?: { mode?: string; ms?: number; status?: number; retryAfter?: number }
  /** The backup whose process was moved so many seconds on. */
  reference?: string
  seconds?: number
  /** The Temporal server came back without anything that it knew. */
  isLoss?: true
}
/** Who may have had no session, from when on; until a sign-in had succeeded. */
export type Absence = { who: string; from: number; to: number }
export type Mail = { to: string; subject: string; text: string; messageId?: string; at: string }
/** `attempt`: of the workflow task that is pending, if any; a stuck workflow fails it again and again. */
export type Workflow = { workflowId: string; runId: string; status: string; attempt: number }
/** A piece of text and where it was found. */
export type Said = { where: string; text: string }

export type Evidence = {
  /** How much was to be expected. */
  scale: { minutes: number; people: number }
  journal: Entry[]
  happened: Happening[]
  absences: Absence[]
  /** Who was disabled, from when the product knew it to when that began to be undone. */
  disabled: Absence[]
  people: Person[]
  dataSets: DataSet[]
  tables: Tables
  /** What the product's own SQL function says of each unit's chain: the first broken seq. */
  brokenChains: { unit: string; seq: number }[]
  /** In order of arrival, by number. */
  received: Received[]
  /** In order. */
  lookups: Lookup[]
  /** Oldest first. */
  inbox: Mail[]
  workflows: Workflow[]
  /** With the history: as short lines, and whole, as JSON. */
  replayFailures: { workflowId: string; error: string; events: string[]; history: string }[]
  /** Logs, histories as stored, attributes, ids, addresses: nothing personal may be in them (R59). */
  publicTexts: Said[]
  /** Every text and JSON column of the database: no code may be in them (R31). */
  databaseTexts: Said[]
  /** How long it took until nothing was owed any more; null: it did not end. */
  settledMs: number | null
  gatheredAt: number
}
