/** Zod's issues as `errors[]`: the messages of the contracts are codes. */
import type { z } from 'zod'
import type { Params } from '../../domain/result.ts'
import type { FieldError } from './problems.ts'

type Issue = z.core.$ZodIssue
/** Where the input stood: fields of the body have no prefix. */
const prefixes: Readonly<Record<string, string>> = { query: 'query', param: 'params', header: 'headers' }

export const fieldErrors = (issues: readonly Issue[], target: string): FieldError[] =>
  issues.flatMap((issue) => {
    const path = [...(prefixes[target] ? [prefixes[target]] : []), ...issue.path.map(String)]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key].join('.'), code: 'UNKNOWN_KEY', params: {} }))
    return [{ path: path.join('.'), code: codeOf(issue), params: paramsOf(issue) }]
  })

const codeOf = (issue: Issue): string => (/^[A-Z][A-Z_]+$/.test(issue.message) ? issue.message : 'INVALID')

function paramsOf(issue: Issue): Params {
  if (issue.code === 'custom') return (issue.params ?? {}) as Params // params of `fields.ts`: plain values
  if (codeOf(issue) === 'REQUIRED') return {}
  if (issue.code === 'too_big') return { max: Number(issue.maximum) }
  if (issue.code === 'too_small') return { min: Number(issue.minimum) }
  return {}
}
