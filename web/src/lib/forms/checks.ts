/** What a field that is marked wrong is checked for when it is left (pages.md 2.3). The API decides when it is sent. */
import { parseSamples, parseSize } from '$domain/sizes.ts'
import { isEmail, tidy } from '$domain/text.ts'
import type { Stated } from '#lib/words/problems/stated.ts'

export type Check = (typed: string) => Stated | undefined

const stated = (code: string, params: Stated['params'] = {}): Stated => ({ code, params })
const filled =
  (check: Check): Check =>
  (typed) =>
    tidy(typed) === '' ? stated('REQUIRED') : check(tidy(typed))

export const checkLine = (min: number, max: number): Check =>
  filled((text) => {
    const length = [...text].length
    if (length < min) return stated('TOO_SHORT', { min })
    return length > max ? stated('TOO_LONG', { max }) : undefined
  })
export const checkEmail = filled((text) => (isEmail(text) ? undefined : stated('EMAIL')))
export const checkSamples = filled((text) =>
  parseSamples(text) === undefined ? stated('SAMPLES') : undefined,
)
export const checkSize = filled((text) => (parseSize(text) === undefined ? stated('SIZE') : undefined))
