import type { Problem } from '$contracts/contract.ts'

export type Values = Record<string, string | string[]>
/** What a form gets back when its act was refused: everything typed, and why. */
export type RefusedForm = { problem: Problem; values: Values; cmd: string }

export function valuesOf(form: FormData): Values {
  const values: Values = {}
  for (const [name, value] of form) {
    if (typeof value !== 'string' || name === '__proto__') continue
    const before = Object.hasOwn(values, name) ? values[name] : undefined
    values[name] = before === undefined ? value : [before, value].flat()
  }
  return values
}
export const one = (values: Values, name: string): string => [values[name] ?? ''].flat()[0] ?? ''
export const many = (values: Values, name: string): string[] => [values[name] ?? []].flat()

/** `cmd`: under which the form is sent the next time; the same one again is the same act. */
export const refusedAs = (problem: Problem, values: Values, cmd: string): RefusedForm => ({
  problem,
  values: withoutCommand(values),
  cmd,
})

function withoutCommand({ cmd: _, code: __, ...values }: Values): Values {
  return values // codes are never given back (R31)
}

export const unconfirmed: Problem = {
  type: 'about:blank',
  title: 'Not confirmed yet',
  status: 503,
  code: 'PROCESS_UNAVAILABLE',
  params: {},
  errors: [],
}
