/** Input fields with the codes of pages.md 2.3 as messages: the API is the only validator. */
import { z } from 'zod'
import { contentTypes, dataTypes } from '../../domain/catalogue.ts'
import { codeIn } from '../../domain/pasted-code.ts'
import { mostSamples, parseSamples, parseSize } from '../../domain/sizes.ts'
import {
  asTyped,
  comparable,
  emailForm,
  halfWidth,
  isEmail,
  isFit,
  longestEmail,
  visibleLength,
} from '../../domain/text.ts'

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

const longest = 10_000 // characters that are looked at

/** A line of text, kept as typed (R8). Refinements, not patterns: the OpenAPI generator writes a pattern's flags into it. */
export const line = (min: number, max: number) =>
  z
    .string({ error: 'REQUIRED' })
    .refine((text) => text.length <= longest, { error: 'TOO_LONG', params: { max }, abort: true })
    .transform(asTyped)
    .pipe(
      z
        .string()
        .refine((text) => comparable(text) !== '', { error: 'REQUIRED', abort: true })
        .refine(isFit, { error: 'INVALID', abort: true })
        .refine((text) => visibleLength(text) >= min, { error: 'TOO_SHORT', params: { min } })
        .refine((text) => [...text].length <= max, { error: 'TOO_LONG', params: { max } }),
    )
    .meta({
      minLength: min,
      pattern: `^(?=\\s*\\S${min > 1 ? '.*\\S' : ''})${String.raw`[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]*$`}`,
      maxLength: max,
      description:
        'Kept as typed, in NFC and trimmed; controls, bidirectional controls and line separators are refused',
    })

/** Part of a name to look for. */
export const search = z
  .string()
  .max(100)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { error: 'INVALID' }) // Postgres takes no NUL
  .meta({ pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$` })

/** Mailed as typed, without what is not seen; full width becomes plain. */
export const email = z
  .string({ error: 'REQUIRED' })
  .max(1000, { error: 'EMAIL', abort: true })
  .transform(halfWidth)
  .pipe(z.string().min(1, { error: 'REQUIRED', abort: true }).refine(isEmail, { error: 'EMAIL' }))
  .meta({
    minLength: 1,
    maxLength: longestEmail,
    pattern: emailForm.source,
    description: 'A complete address in ASCII; full width is read too',
  })

export const contentTypeList = z
  .array(z.enum(contentTypes, { error: 'SELECT' }), { error: 'SELECT' })
  .min(1, { error: 'SELECT' })
  .max(contentTypes.length * 2, { error: 'SELECT' })
  .transform((chosen) => contentTypes.filter((content) => chosen.includes(content)))

export const dataType = z
  .literal([...dataTypes], { error: 'SELECT' })
  .meta({ type: 'integer', enum: [...dataTypes] }) // the generator shows the first literal only

const typedNumber = z.union([z.number(), z.string().max(100)], { error: 'REQUIRED' })
const isBlank = (typed: string | number): boolean => halfWidth(String(typed)) === ''
/** 合计例数 */
export const sampleCount = typedNumber
  .transform((typed, context) => {
    const count = parseSamples(typed)
    if (count !== undefined) return count
    context.addIssue({
      code: 'custom',
      message: isBlank(typed) ? 'REQUIRED' : 'SAMPLES',
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
    context.addIssue({ code: 'custom', message: isBlank(typed) ? 'REQUIRED' : 'SIZE' })
    return z.NEVER
  })
  .meta({ description: 'Above 0, up to 3 decimals, below 10,000,000' })

export const accession = z
  .string({ error: 'REQUIRED' })
  .refine((text) => text.length <= 100, { error: 'TOO_LONG', params: { max: 100 }, abort: true })
  .transform(comparable)
  .pipe(z.string().min(1, { error: 'REQUIRED', abort: true }).refine(isFit, { error: 'INVALID' }))
  .meta({ minLength: 1, maxLength: 100 })

/** The 6 digits in what was typed or pasted; without them nothing is counted as a try (V6). */
export const code = z
  .string({ error: 'CODE_FORM' })
  .min(1, { error: 'CODE_FORM', abort: true })
  .max(10_000, { error: 'CODE_FORM', abort: true })
  .transform((typed, context) => {
    const found = codeIn(typed)
    if (found !== undefined) return found
    context.addIssue({ code: 'custom', message: 'CODE_FORM' })
    return z.NEVER
  })
  .meta({
    minLength: 1,
    maxLength: 10_000,
    description: 'Six digits, or a text that holds them once; blanks and full width are read',
  })
