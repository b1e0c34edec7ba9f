/**
 * What is wrong with what stands in a field, in the codes of pages.md 2.3. A page asks this of a field that is marked wrong,
 * when it is left; the API decides by `api/contracts/fields.ts`, and a test holds both equal.
 */
import { codeIn } from './pasted-code.ts'
import { parseSamples, parseSize } from './sizes.ts'
import { asTyped, comparable, halfWidth, isEmail, isFit, visibleLength } from './text.ts'

/** `{ min, max }`: a line of so many characters; with `min` 0 it may be empty. */
export type FieldCheck = 'email' | 'samples' | 'size' | 'code' | { min: number; max: number }

type Wrong = { code: string; params: Record<string, unknown> }
const wrong = (code: string, params: Wrong['params'] = {}): Wrong => ({ code, params })

/** The first thing that is wrong; undefined when nothing is. */
export function checkField(check: FieldCheck, typed: string): Wrong | undefined {
  if (check === 'code') return codeIn(typed) === undefined ? wrong('CODE_FORM') : undefined
  if (typeof check === 'object') return checkLine(check, asTyped(typed))
  const text = halfWidth(typed)
  if (text === '') return wrong('REQUIRED')
  switch (check) {
    case 'email':
      return isEmail(text) ? undefined : wrong('EMAIL')
    case 'samples':
      return parseSamples(text) === undefined ? wrong('SAMPLES') : undefined
    case 'size':
      return parseSize(text) === undefined ? wrong('SIZE') : undefined
  }
}

function checkLine({ min, max }: { min: number; max: number }, text: string): Wrong | undefined {
  if (text === '' && min === 0) return undefined
  if (comparable(text) === '') return wrong('REQUIRED')
  if (!isFit(text)) return wrong('INVALID')
  if (visibleLength(text) < min) return wrong('TOO_SHORT', { min })
  return [...text].length > max ? wrong('TOO_LONG', { max }) : undefined
}
