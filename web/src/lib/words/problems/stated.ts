/** A refusal as the API states it, and how its texts read it. */
import type { ProblemCode, ProgramCode } from '$contracts/contract.ts'
import type { ValidationCode } from '$contracts/fields.ts'
import { showAfter, showTime } from '#lib/words/formats.ts'

export type Stated = { code: string; params: Record<string, unknown> }
export type KnownCode = Exclude<ProblemCode, ProgramCode> | ValidationCode
export type ProblemText = (stated: ReadStated, label: string) => string
export type ProblemTexts = Record<string, ProblemText>

export type ReadStated = {
  params: Stated['params']
  /** A text or a number; '' where there is none. */
  text: (name: string) => string
  texts: (name: string) => string[]
  time: () => string
  /** From when on it goes again. */
  after: () => string
}

export function read({ params }: Stated): ReadStated {
  const at = (show: (time: string) => string): string =>
    typeof params.time === 'string' ? show(params.time) : '—'
  return {
    params,
    text: (name) => {
      const value = params[name]
      return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
    },
    texts: (name) => [params[name] ?? []].flat().map(String),
    time: () => at(showTime),
    after: () => at(showAfter),
  }
}
