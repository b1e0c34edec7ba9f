/** What a field that is marked wrong is checked for when it is left (pages.md 2.3). The API decides when it is sent. */
import { parseSamples, parseSize } from '$domain/sizes.ts'
import { isEmail, tidy } from '$domain/text.ts'
import type { Stated } from './stated.ts'

/** `{ min, max }`: a line of so many characters. */
export type Check = 'email' | 'samples' | 'size' | { min: number; max: number }

const stated = (code: string, params: Stated['params'] = {}): Stated => ({ code, params })

export function checkText(check: Check, typed: string): Stated | undefined {
  const text = tidy(typed)
  if (text === '') return stated('REQUIRED')
  if (check === 'email') return isEmail(text) ? undefined : stated('EMAIL')
  if (check === 'samples') return parseSamples(text) === undefined ? stated('SAMPLES') : undefined
  if (check === 'size') return parseSize(text) === undefined ? stated('SIZE') : undefined
  const length = [...text].length
  if (length < check.min) return stated('TOO_SHORT', { min: check.min })
  return length > check.max ? stated('TOO_LONG', { max: check.max }) : undefined
}
