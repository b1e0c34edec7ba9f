/** What is kept of a refusal: the cause, and its words without persons (R20, R53, R59). Over real sockets. */
import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { reportSystem } from '../../activities/ports/report-system.ts'
import { cleaned, Unavailable } from '../../activities/ports/outside.ts'
import { causes, kindOf, pauseAfter, type Cause } from '../../domain/backup/outside.ts'
import { day, hour, minute } from '../../domain/times.ts'

async function answers(status: number, body: string, headers: Record<string, string> = {}) {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const tell = reportSystem(`http://127.0.0.1:${address.port}`, 'the-token')
  const failed = await tell('BF2026112900001', 1, report).catch((error: unknown) => error)
  if (!(failed instanceof Unavailable)) throw new Error('not refused')
  return failed
}
const report = {
  name: '备份',
  unit: { id: 'unit-1', name: '示例单位' },
  project: { id: 'p', name: '项目', leadName: '示例丙', leadEmail: 'c@example.cn' },
  custodian: { id: 'a', subject: 'subject-123', name: '示例甲' },
  contentTypes: [],
  files: [],
  sizeMb: '1',
}

describe('R37 the report system refuses one number', () => {
  it('its reason is kept, in one line and without the custodian', async () => {
    const body = JSON.stringify({
      error: '示例甲 (subject-123, a@example.cn, 13800138000, 110101199003078888) has no unit',
      hint: 'BF2026112900001\nunit-1 the-token',
    })
    const failed = await answers(422, body.replaceAll('示例甲', String.raw`\u793a\u4f8b\u7532`))
    expect(failed).toMatchObject({ outsideCause: 'rejected', message: 'The report system answers 422' })
    expect(failed.reason).toBe(
      '{"error":"*** (***, ***@example.cn, ***, ***) has no unit","hint":"BF2026112900001\\nunit-1 ***"}',
    )
  })

  it('only the beginning of a long one', async () => {
    const failed = await answers(400, `<html><h1>Bad</h1>${'x'.repeat(100_000)}`)
    expect(failed.reason).toHaveLength(200)
    expect(failed.reason).toMatch(/^Bad x+$/)
  })

  it('also where a page writes the name in numbers', async () => {
    const { reason } = await answers(403, '<p>&#31034;&#20363;&#x7532; may not</p>')
    expect(reason).toBe('*** may not')
  })

  it.each<[number, string]>([
    [301, 'malformed'],
    [401, 'unauthorised'],
    [403, 'unauthorised'],
    [404, 'rejected'],
    [408, 'server-error'],
    [409, 'rejected'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [503, 'server-error'],
  ])('%i is %s', async (status, cause) => {
    expect(await answers(status, '', { location: '/elsewhere' })).toMatchObject({
      ...{ outsideCause: cause, reason: undefined },
    })
  })

  it('R20 nobody is left alone for longer than ten minutes, whatever is asked for', async () => {
    for (const wanted of ['31536000', new Date(Date.now() + 1_000 * hour).toUTCString()])
      expect(await answers(429, '', { 'retry-after': wanted })).toMatchObject({ retryAfterMs: 10 * minute })
    expect(await answers(503, '', { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7_000 })
    expect(await answers(503, '', { 'retry-after': 'soon' })).toMatchObject({ retryAfterMs: undefined })
  })
})

describe('R59 words of the outside, cleaned', () => {
  it.each([
    ['one\r\ntwo\u2028three\u202efour', 'one two threefour'],
    ['<a@example.cn>: unknown', ': unknown'],
    ['to "a.b+c@mail.example.cn"', 'to "***@mail.example.cn"'],
    ['call 138-0013-8000 or +8613800138000', 'call *** or ***'],
    ['HRA000567 of BF2026112900001 since 2026-11-29', 'HRA000567 of BF2026112900001 since 2026-11-29'],
  ])('%j', (said, kept) => {
    expect(cleaned(said, [])).toBe(kept)
  })
})

describe('R37 how long is waited after a failure', () => {
  it('an outage is tried often, what is cured for all within ten minutes, a refusal hourly', () => {
    const after = (job: 'sync' | 'mail', cause: Cause, pauseMs: number) =>
      pauseAfter(job, cause, { cause, pauseMs })
    const longest = causes.map((cause) => [kindOf(cause), after('sync', cause, day)] as const)
    expect(Object.fromEntries(longest)).toEqual({
      ...{ outage: 30_000, nonsense: 10 * minute, 'refuses-us': 10 * minute, rejected: hour },
    })
    expect(after('mail', 'rejected-for-now', day)).toBe(minute)
    expect([0, 1_000, 2_000, 4_000].map((ms) => after('sync', 'rejected', ms))).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ])
    expect(pauseAfter('sync', 'rejected', { cause: 'timeout', pauseMs: 30_000 })).toBe(1_000)
    expect(pauseAfter('sync', 'other-subject', { cause: 'malformed', pauseMs: 2_000 })).toBe(4_000)
  })
})
