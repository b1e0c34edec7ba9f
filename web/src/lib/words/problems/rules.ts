/** What the API refuses. Each code that is not in `general` has its text here; one without a text does not compile. */
import type { SubObject } from '$domain/accessions.ts'
import { dataTypeOf, type ContentType } from '$domain/catalogue.ts'
import { checkField, type FieldCheck } from '$domain/field-checks.ts'
import { contact } from '#lib/words/contact.ts'
import { grouped, showSeconds } from '#lib/words/formats.ts'
import { contentList, dataTypeLabel, inSentence, listed, partLabel } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'
import type { general } from './general.ts'
import type { KnownCode, ProblemText, Stated } from './stated.ts'

export const rules: Record<Exclude<KnownCode, keyof typeof general>, ProblemText> = {
  AUTH_REQUIRED: () => m.problem_auth_required(),
  CROSS_SITE: () => m.problem_cross_site(),
  MALFORMED: () => m.problem_malformed(),
  METHOD_NOT_ALLOWED: () => m.problem_malformed(),
  NOT_FOUND: () => m.problem_not_found(),
  TOO_LARGE: () => m.problem_too_large(),
  EXPORT_TOO_LARGE: () => m.problem_export_too_large(),
  UNIT_LEFT: ({ text }) => m.banner_unit_left({ unit: text('unit') }),
  UNIT_NOT_AUTHORISED: () => m.banner_unit(),
  UNSUPPORTED_MEDIA_TYPE: () => m.problem_malformed(),
  VALIDATION: () => m.problem_validation(),
  ACCESSION_DUPLICATE: ({ text }) =>
    m.problem_accession_duplicate({ accession: text('accession'), n: text('item') }),
  ACCESSION_ELSEWHERE: ({ text, params }) =>
    params.number
      ? m.problem_accession_elsewhere_number({ accession: text('accession'), number: text('number') })
      : m.problem_accession_elsewhere({ accession: text('accession') }),
  ACCESSION_FORM: ({ text }) =>
    m.problem_accession_form({ repository: text('repository'), example: text('example') }),
  ACCESSION_NEAR_MISS: ({ text }) => m.problem_accession_near_miss({ suggestion: text('suggestion') }),
  ACCESSION_OTHER_REPOSITORY: ({ text, params }) =>
    m.problem_accession_other_repository({
      value: text('value'),
      belongsTo: text('belongsTo'),
      repository: text('repository'),
      type: typeText(params.dataType),
    }),
  ACCESSION_SUBOBJECT: ({ text }) =>
    m.problem_accession_subobject({
      value: text('value'),
      part: partLabel(text('kind') as SubObject),
      repository: text('repository'),
      example: text('example'),
    }),
  ACCOUNT_ACCESSION_MISMATCH: () => m.problem_account_accession_mismatch(),
  BACKUP_LOCKED: ({ text, time }) => m.problem_backup_locked({ time: time(), number: text('number') }),
  CHECK_DAILY_LIMIT: ({ text, after }) => m.problem_check_daily_limit({ n: text('limit'), time: after() }),
  CODE_EXPIRED: ({ time }) => m.problem_code_expired({ time: time() }),
  CODE_NOT_NEEDED: () => m.problem_code_not_needed(),
  CODE_NOT_SENT: () => m.problem_code_not_sent(),
  CODE_SEND_LIMIT: ({ after }) => m.problem_code_send_limit({ time: after() }),
  CODE_TOO_SOON: ({ params }) =>
    m.problem_code_too_soon({
      time: typeof params.time === 'string' ? showSeconds(params.time) : '—',
    }),
  CODE_VOIDED: () => m.problem_code_voided(),
  CODE_WRONG: ({ text }) => m.problem_code_wrong({ n: text('triesLeft') }),
  CONTENT_TYPE_IN_USE: ({ texts }) =>
    m.problem_content_type_in_use({
      types: contentList(texts('contentTypes') as ContentType[]),
      accessions: listed(texts('accessions')),
    }),
  DATA_TYPE_NOT_OFFERED: () => m.problem_data_type_not_offered(),
  FILE_CHECKING: () => m.problem_file_checking(),
  FILE_CODE_LOCKED: () => m.problem_file_code_locked({ contact }),
  FILES_NOT_READY: ({ texts }) => m.problem_files_not_ready({ accessions: listed(texts('accessions')) }),
  IDEMPOTENCY_KEY_REUSED: () => m.problem_idempotency_key_reused(),
  NO_FILES: () => m.problem_no_files(),
  PROJECT_NAME_TAKEN: () => m.problem_project_name_taken(),
  VERSION_CONFLICT: ({ time }) => m.problem_version_conflict({ time: time() }),
  REQUIRED: (_, label) => m.problem_required({ label: inSentence(label) }),
  SELECT: (_, label) => m.problem_select({ label: inSentence(label) }),
  TOO_LONG: ({ text }, label) => m.problem_too_long({ label, n: grouped(text('max')) }),
  TOO_SHORT: ({ text }, label) => m.problem_too_short({ label, n: text('min') }),
  EMAIL: () => m.problem_email(),
  CODE_FORM: () => m.problem_code_form(),
  SAMPLES: () => m.file_hint_samples(),
  SIZE: () => m.file_hint_size(),
  AGREEMENT: () => m.problem_agreement(),
  UNKNOWN_KEY: () => m.problem_unknown_key(),
  INVALID: (_, label) => m.problem_invalid({ label }),
}

/** R58: at a field that somebody else changed meanwhile. */
export const conflictText = (by: unknown, field: string, now: { time: string; latest: string }): string => {
  const label = inSentence(field)
  return typeof by === 'string'
    ? m.problem_version_conflict_by({ by, label, ...now })
    : m.problem_version_conflict_at({ label, ...now })
}

function typeText(given: unknown): string {
  const dataType = dataTypeOf(given)
  return dataType ? dataTypeLabel(dataType) : ''
}

/** What is wrong now with a field that was refused. */
export const faultOf = (check: FieldCheck, typed: string): Stated | undefined => checkField(check, typed)
