/** The one place where codes of the API become texts (pages.md 2.3, 2.12). */
import { dataTypeOf, type ContentType } from '$domain/catalogue.ts'
import type { SubObject } from '$domain/accessions.ts'
import type { Problem, ProblemCode } from '$contracts/contract.ts'
import type { ValidationCode } from '$contracts/fields.ts'
import { grouped, showAfter, showSeconds, showTime } from '#lib/formats.ts'
import { contentList, dataTypeLabel, inSentence, listed, partLabel } from '#lib/labels.ts'
import { m } from '#lib/paraglide/messages.js'

type Stated = { code: string; params: Record<string, unknown> }
export type FieldError = { path: string; text: string; code: string; params: Record<string, unknown> }

/** What a form shows of a refusal: texts at its fields, and those that belong to no field. */
export type FormErrors = { fields: FieldError[]; whole: string[] }

/** `labels`: the form's fields in page order, path → label. */
export function formErrors(problem: Problem | undefined, labels: Record<string, string>): FormErrors {
  if (!problem) return { fields: [], whole: [] }
  const stated = problem.errors.map((each) => ({ ...each, path: each.path.split('.')[0] ?? '' }))
  const fields = Object.entries(labels).flatMap(([path, label]) => {
    const first = stated.find((each) => each.path === path)
    return first ? [{ ...first, text: problemText(first, label) }] : []
  })
  const others = stated.filter((each) => !(each.path in labels))
  const whole = others.map((each) => problemText(each, each.path))
  if (fields.length === 0 && whole.length === 0) whole.push(problemText(problem))
  return { fields, whole }
}

/** R58: what somebody else changed since the form was opened. `latest`: path → the value as it is now. */
export function conflictErrors(
  problem: Problem,
  labels: Record<string, string>,
  latest: Record<string, string>,
): FormErrors {
  const { code, params } = problem
  const changed = [params.fields ?? []].flat()
  const time = typeof params.time === 'string' ? showTime(params.time) : '—'
  const textOf = (path: string): string => {
    const now = { time, latest: latest[path] ?? '—' }
    return typeof params.by === 'string'
      ? m.problem_version_conflict_by({ by: params.by, ...now })
      : m.problem_version_conflict_at(now)
  }
  const fields = Object.keys(labels)
    .filter((path) => changed.includes(path))
    .map((path) => ({ path, text: textOf(path), code, params }))
  return { fields, whole: [problemText(problem)] }
}

export const errorAt = (errors: FormErrors, path: string): FieldError | undefined =>
  errors.fields.find((each) => each.path === path)

/** What to do about it, in the reader's language. */
export function problemText({ code, params }: Stated, label = ''): string {
  const text = (name: string): string => {
    const value = params[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const texts = (name: string): string[] => [params[name] ?? []].flat().map(String)
  const time = (): string => (typeof params.time === 'string' ? showTime(params.time) : '—')
  /** From when on it goes again. */
  const after = (): string => (typeof params.time === 'string' ? showAfter(params.time) : '—')
  // An unknown code is a newer API's: it falls through to the general text.
  switch (code as ProblemCode | ValidationCode) {
    case 'AUTH_REQUIRED':
      return m.problem_auth_required()
    case 'CROSS_SITE':
      return m.problem_cross_site()
    case 'INTERNAL':
      return m.problem_internal()
    case 'MALFORMED':
      return m.problem_malformed()
    case 'METHOD_NOT_ALLOWED':
      return m.problem_malformed()
    case 'PROCESS_UNAVAILABLE':
      return m.problem_process_unavailable()
    case 'TOO_LARGE':
      return m.problem_too_large()
    case 'VALIDATION':
      return m.problem_validation()
    case 'ACCESSION_DUPLICATE':
      return m.problem_accession_duplicate({ accession: text('accession'), n: text('item') })
    case 'ACCESSION_ELSEWHERE':
      return params.number
        ? m.problem_accession_elsewhere_number({ accession: text('accession'), number: text('number') })
        : m.problem_accession_elsewhere({ accession: text('accession') })
    case 'ACCESSION_FORM':
      return m.problem_accession_form({ repository: text('repository'), example: text('example') })
    case 'ACCESSION_NEAR_MISS':
      return m.problem_accession_near_miss({ suggestion: text('suggestion') })
    case 'ACCESSION_OTHER_REPOSITORY':
      return m.problem_accession_other_repository({
        value: text('value'),
        belongsTo: text('belongsTo'),
        repository: text('repository'),
        type: typeText(params.dataType),
      })
    case 'ACCESSION_SUBOBJECT':
      return m.problem_accession_subobject({
        value: text('value'),
        part: partLabel(text('kind') as SubObject),
        repository: text('repository'),
        example: text('example'),
      })
    case 'ACCOUNT_ACCESSION_MISMATCH':
      return m.problem_account_accession_mismatch()
    case 'BACKUP_LOCKED':
      return m.problem_backup_locked({ time: time(), number: text('number') })
    case 'CHECK_DAILY_LIMIT':
      return m.problem_check_daily_limit({ n: text('limit'), time: after() })
    case 'CODE_EXPIRED':
      return m.problem_code_expired({ time: time() })
    case 'CODE_NOT_NEEDED':
      return m.problem_code_not_needed()
    case 'CODE_NOT_SENT':
      return m.problem_code_not_sent()
    case 'CODE_SEND_LIMIT':
      return m.problem_code_send_limit({ time: after() })
    case 'CODE_TOO_SOON':
      return m.problem_code_too_soon({
        time: typeof params.time === 'string' ? showSeconds(params.time) : '—',
      })
    case 'CODE_VOIDED':
      return m.problem_code_voided()
    case 'CODE_WRONG':
      return m.problem_code_wrong({ n: text('triesLeft') })
    case 'CONTENT_TYPE_IN_USE':
      return m.problem_content_type_in_use({
        types: contentList(texts('contentTypes') as ContentType[]),
        accessions: listed(texts('accessions')),
      })
    case 'DATA_TYPE_NOT_OFFERED':
      return m.problem_data_type_not_offered()
    case 'FILE_CHECKING':
      return m.problem_file_checking()
    case 'FILE_CODE_LOCKED':
      return m.problem_file_code_locked()
    case 'FILES_NOT_READY':
      return m.problem_files_not_ready({ accessions: listed(texts('accessions')) })
    case 'IDEMPOTENCY_KEY_REUSED':
      return m.problem_idempotency_key_reused()
    case 'NO_FILES':
      return m.problem_no_files()
    case 'NOT_FOUND':
      return m.problem_not_found()
    case 'PROJECT_NAME_TAKEN':
      return m.problem_project_name_taken()
    case 'RATE_LIMITED':
      return m.problem_rate_limited({ time: after() })
    case 'UNIT_NOT_AUTHORISED':
      return m.banner_unit()
    case 'VERSION_CONFLICT':
      return m.problem_version_conflict({ time: time() })
    case 'REQUIRED':
      return m.problem_required({ label: inSentence(label) })
    case 'SELECT':
      return m.problem_select({ label: inSentence(label) })
    case 'TOO_LONG':
      return m.problem_too_long({ label, n: grouped(text('max')) })
    case 'TOO_SHORT':
      return m.problem_too_short({ label, n: text('min') })
    case 'EMAIL':
      return m.problem_email()
    case 'CODE_FORM':
      return m.problem_code_form()
    case 'SAMPLES':
      return m.file_hint_samples()
    case 'SIZE':
      return m.file_hint_size()
    case 'AGREEMENT':
      return m.problem_agreement()
    case 'UNKNOWN_KEY':
      return m.problem_unknown_key()
    case 'INVALID':
      return m.problem_invalid({ label })
  }
  return m.problem_internal()
}

function typeText(given: unknown): string {
  const dataType = dataTypeOf(given)
  return dataType ? dataTypeLabel(dataType) : ''
}
