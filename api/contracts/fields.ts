/** Input fields with the codes of pages.md 2.3 as messages: the API is the only validator. */
import { z } from 'zod'
import { contentTypes, dataTypes } from '../../domain/catalogue.ts'
import { mostSamples, parseSamples, parseSize } from '../../domain/sizes.ts'
import { codeIn, isEmail, tidy } from '../../domain/text.ts'

export const validationCodes = [
  'REQUIRED', // V1
  'SELECT', // V2
  'TOO_LONG', // V3, params.max
  'TOO_SHORT', // params.min
  'EMAIL', // V4
  'CODE_FORM', // V6
  'SAMPLES',
  'SIZE',
  'AGREEMENT',
  'UNKNOWN_KEY',
  'INVALID',
] as const
export type ValidationCode = (typeof validationCodes)[number]

/**
 * Postgres takes no NUL, and no line has any of the others. A refinement, not a pattern: the OpenAPI generator
 * writes a pattern's flags into it.
 */
const hasNoControls = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text)

/** A line of text: NFKC, trimmed, no control characters. */
export const line = (min: number, max: number) =>
  z
    .string({ error: 'REQUIRED' })
    .min(1, { error: 'REQUIRED', abort: true })
    .max(10_000, { error: 'TOO_LONG' })
    .transform(tidy)
    .pipe(
      z
        .string()
        .min(1, { error: 'REQUIRED', abort: true })
        .refine(hasNoControls, { error: 'INVALID', abort: true })
        .refine((text) => [...text].length >= min, { error: 'TOO_SHORT', params: { min } })
        .refine((text) => [...text].length <= max, { error: 'TOO_LONG', params: { max } }),
    )
    .meta({ description: `${min} to ${max} characters, counted after NFKC and trimming` })

/** Part of a name to look for. */
export const search = z
  .string()
  .max(100)
  .refine(hasNoControls, { error: 'INVALID' })
  .meta({ pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$` })

/** Mailed as typed, after NFKC and trimming. */
export const email = z
  .string({ error: 'REQUIRED' })
  .min(1, { error: 'REQUIRED', abort: true })
  .max(1000, { error: 'EMAIL' })
  .transform(tidy)
  .pipe(z.string().min(1, { error: 'REQUIRED', abort: true }).refine(isEmail, { error: 'EMAIL' }))

export const contentTypeList = z
  .array(z.enum(contentTypes, { error: 'SELECT' }), { error: 'SELECT' })
  .min(1, { error: 'SELECT' })
  .max(contentTypes.length * 2, { error: 'SELECT' })
  .transform((chosen) => contentTypes.filter((content) => chosen.includes(content)))

export const dataType = z
  .literal([...dataTypes], { error: 'SELECT' })
  .meta({ type: 'integer', enum: [...dataTypes] }) // the generator shows the first literal only

const typedNumber = z.union([z.number(), z.string().max(100)], { error: 'REQUIRED' })
/** 合计例数 */
export const sampleCount = typedNumber
  .transform((typed, context) => {
    const count = parseSamples(typed)
    if (count !== undefined) return count
    context.addIssue({
      code: 'custom',
      message: typed === '' ? 'REQUIRED' : 'SAMPLES',
      params: { max: mostSamples },
    })
    return z.NEVER
  })
  .meta({
    description: 'A whole number from 1 to 99,999,999; full-width digits and thousands commas are read',
  })
/** 规格(MB/例) */
export const mbPerSample = typedNumber
  .transform((typed, context) => {
    const size = parseSize(typed)
    if (size !== undefined) return size
    context.addIssue({ code: 'custom', message: typed === '' ? 'REQUIRED' : 'SIZE' })
    return z.NEVER
  })
  .meta({ description: 'Above 0, up to 3 decimals, below 10,000,000' })

export const accession = z
  .string({ error: 'REQUIRED' })
  .min(1, { error: 'REQUIRED', abort: true })
  .max(100, { error: 'TOO_LONG', abort: true })
  .transform(tidy)
  .pipe(z.string().min(1, { error: 'REQUIRED', abort: true }).refine(hasNoControls, { error: 'INVALID' }))

/** The 6 digits in what was typed or pasted; without them nothing is counted as a try (V6). */
export const code = z
  .string({ error: 'CODE_FORM' })
  .max(10_000, { error: 'CODE_FORM' })
  .transform((typed, context) => {
    const found = codeIn(typed)
    if (found !== undefined) return found
    context.addIssue({ code: 'custom', message: 'CODE_FORM' })
    return z.NEVER
  })
