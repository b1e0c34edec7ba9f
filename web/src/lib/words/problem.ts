/** Codes of the API become texts here and in `problems/`, nowhere else (pages.md 2.3, 2.12). */
import type { Problem } from '$contracts/contract.ts'
import type { FieldCheck } from '$domain/field-checks.ts'
import { showTime } from '#lib/words/formats.ts'
import { m } from '#lib/paraglide/messages.js'
import { general } from './problems/general.ts'
import type { conflictText, faultOf } from './problems/rules.ts'
import { read, type ProblemTexts, type Stated } from './problems/stated.ts'

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

/** R58: what another person changed since the form was opened. `latest`: path → the value as it is now. */
export function conflictErrors(
  problem: Problem,
  labels: Record<string, string>,
  latest: Record<string, string>,
): FormErrors {
  const { code, params } = problem
  const changed = [params.fields ?? []].flat()
  const time = typeof params.time === 'string' ? showTime(params.time) : '—'
  const textOf = (path: string): string =>
    late?.conflictText(params.by, labels[path] ?? '', { time, latest: latest[path] ?? '—' }) ??
    m.problem_internal()
  const fields = Object.keys(labels)
    .filter((path) => changed.includes(path))
    .map((path) => ({ path, text: textOf(path), code, params }))
  return { fields, whole: [problemText(problem)] }
}

export const errorAt = (errors: FormErrors, path: string): FieldError | undefined =>
  errors.fields.find((each) => each.path === path)

/**
 * The texts of refusals. The server has them from its start; a page in the browser loads them when a form was
 * refused, since most pages never show one. A refusal that nobody sent (no answer) is in `general`.
 */
let late: { rules: ProblemTexts; conflictText: typeof conflictText; faultOf: typeof faultOf } | undefined
export async function loadProblemTexts(): Promise<void> {
  // Without the file the general text is shown; the next refusal tries again.
  late ??= await import('./problems/rules.ts').catch(() => undefined)
}
if (import.meta.env.SSR) await loadProblemTexts()

/** What to do about it, in the reader's language. A code that is not known here is of a newer API. */
export function problemText(stated: Stated, label = ''): string {
  const texts: ProblemTexts = { ...late?.rules, ...general }
  const text = Object.hasOwn(texts, stated.code) ? texts[stated.code] : undefined
  return text ? text(read(stated), label) : m.problem_internal()
}

/** Of a field that was refused before: '' when nothing is wrong any more. */
export function recheckText(check: FieldCheck, typed: string, label: string): string | undefined {
  const stated = late?.faultOf(check, typed)
  return stated ? problemText(stated, label) : late && ''
}
