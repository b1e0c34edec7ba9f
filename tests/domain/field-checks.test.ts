/** pages.md 2.3: what a page says of a field when it is left is what the API says when it is sent. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { code, email, line, mbPerSample, sampleCount } from '../../api/contracts/fields.ts'
import { checkField, type FieldCheck } from '../../domain/field-checks.ts'

const fields: [string, FieldCheck, z.ZodType][] = [
  ['a name', { min: 2, max: 100 }, line(2, 100)],
  ['a lead', { min: 2, max: 50 }, line(2, 50)],
  ['a note', { min: 1, max: 200 }, line(1, 200)],
  ['an address', 'email', email],
  ['samples', 'samples', sampleCount],
  ['a size', 'size', mbPerSample],
  ['a code', 'code', code],
]
const sentAs = (schema: z.ZodType, typed: string) => {
  const issue = schema.safeParse(typed).error?.issues[0]
  const params: unknown = issue && 'params' in issue ? issue.params : undefined
  return issue && { code: issue.message, params: params ?? {} }
}
const typed = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u200b',
    '甲',
    ' 甲 ',
    '示例甲',
    '\u202e甲乙',
    'a@',
    'ａ@example.cn',
    '\u200ba@example.cn',
  ),
  fc.constantFrom(
    '0',
    '１２',
    '1,200',
    '10²',
    '.5',
    '1.0001',
    '99999999',
    '100000000',
    '5２６ ４４１',
    '526441 526442',
  ),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom(...'0123456789.,０ '), maxLength: 12 }),
  fc.nat(210).map((length) => '长'.repeat(length)),
  fc.emailAddress(),
)

describe('a field that is left', () => {
  it.each(fields)('%s is judged as when it is sent', (_, check, schema) => {
    fc.assert(
      fc.property(typed, (text) => {
        // Blanks around a number of more than 100 characters are of no page.
        if (text.length > 100 && typeof check !== 'object') return
        const sent = sentAs(schema, text)
        const told = checkField(check, text)
        expect(told?.code).toBe(sent?.code)
        if (told) expect(sent?.params).toMatchObject(told.params)
      }),
      { numRuns: 1_000 },
    )
  })
})
