/**
 * R54: within a minute an admin sees in Temporal Web that something is stuck, with its cause; R52: in words. An answer is
 * no outage: each has a cause of its own and is not asked for every 30 s for ever. On the real server, in real time.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault, Target } from '../../local/stand-ins/faults.ts'
import { beijingTime, minute } from '../../domain/times.ts'
import { noConsent } from '../../domain/backup/consent.ts'
import type { Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'
import { aFile, startFrom, stateOf } from './arrange.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

type Stuck = {
  name: string
  target: Target
  fault: Fault
  problem: string[]
  waitingFor: string[]
  /** What the details say. */
  said: string[]
  cause: string
}
const check = (target: Target, fault: Fault, kind: string, cause: string, said: string[]): Stuck => ({
  ...{ name: `${target} ${kind}`, target, fault, cause, said, problem: [kind, target] },
  waitingFor: kind === 'repository-unavailable' ? ['repository'] : ['repository', 'staff'],
})
const itself = '恢复后自动继续 goes on by itself'
const staff = '需平台工作人员处理 platform staff must act'

const stuck: Stuck[] = [
  check('GSA-Human', { mode: 'down' }, 'repository-unavailable', 'refused', [
    '无法连接 no connection',
    itself,
  ]),
  check('GVM', { mode: 'wrong', body: '<html>' }, 'repository-wrong-answer', 'malformed', [
    '应答无法识别 an answer that cannot be read',
    'waiting for GVM: GVM000001',
    staff,
  ]),
  check(
    'OMIX',
    { mode: 'wrong', about: { accession: 'OMIX9' } },
    'repository-wrong-answer',
    'other-subject',
    ['应答与所问不符 an answer to another question', staff],
  ),
  check('GWH', { mode: 'error', status: 401, body: 'bad token' }, 'repository-refuses-us', 'unauthorised', [
    '未认可本平台的凭据 our credentials are not accepted** `bad token`',
    staff,
  ]),
  {
    ...{ name: 'mail greylisted', target: 'mail', problem: ['mail-delayed'], waitingFor: ['mail'] },
    fault: { mode: 'error', status: 451, words: '4.7.1 Greylisted, try later' },
    cause: 'rejected-for-now',
    said: ['邮件服务器暂不接收 not taken for now** `451 4.7.1 Greylisted, try later`', itself],
  },
  {
    ...{ name: 'report refused', target: 'report', problem: ['report-rejected'] },
    fault: { mode: 'error', status: 422, body: '{"error":"no unit for 示例甲 13800138000"}' },
    cause: 'rejected',
    waitingFor: ['staff', 'report-system'],
    said: ['拒绝受理 the request is refused** `{"error":"no unit for *** ***"}`', staff],
  },
]

/** A backup that waits for just this. */
async function begin({ target }: Stuck): Promise<Draft> {
  if (target === 'report')
    return await startFrom(stage, { stage: 'submitted', files: [aFile({ status: 'done' })] })
  if (target === 'mail') {
    const file = aFile({ consent: noConsent, depositorEmail: `${randomUUID()}@example.cn` })
    const draft = await startFrom(stage, { files: [file] })
    expect(await stage.say(draft, 'sendCode', { fileId: file.id })).toEqual({ ok: true })
    return draft
  }
  const { dataType, accession } = checked[target] ?? expect.unreachable()
  const draft = await startFrom(stage, {})
  const file = { fileId: randomUUID(), dataType, accession, sampleCount: 1, mbPerSample: '1' }
  expect(await stage.say(draft, 'linkFile', { ...file, depositorEmail: 'a@example.cn' })).toEqual({
    ok: true,
  })
  return draft
}
const checked: Partial<Record<Target, { dataType: 1 | 2 | 3 | 10; accession: string }>> = {
  'GSA-Human': { dataType: 1, accession: 'HRA000567' },
  GWH: { dataType: 2, accession: 'GWHAAAA00000001.1' },
  GVM: { dataType: 3, accession: 'GVM000001' },
  OMIX: { dataType: 10, accession: 'OMIX001226' },
}

const attributesOf = async (draft: Draft) => (await stage.handleOf(draft).describe()).searchAttributes
const detailsOf = async (draft: Draft) =>
  (await stage.handleOf(draft).query<{ currentDetails: string }>('__temporal_workflow_metadata'))
    .currentDetails
const owedBy = (draft: Draft) =>
  stage.owner.selectFrom('owed').selectAll().where('subjectId', '=', draft.id).executeTakeFirstOrThrow()
const untilSettled = (draft: Draft) =>
  until('nothing is owed', async () => {
    const rows = await stage.owner
      .selectFrom('owed')
      .select('key')
      .where('subjectId', '=', draft.id)
      .execute()
    return rows.length === 0
  })

describe('R54 stuck for less than a minute', () => {
  const begun = new Map<string, { draft: Draft; at: number }>()
  const of = (name: string) => begun.get(name) ?? expect.unreachable()
  beforeAll(async () => {
    for (const one of stuck) stage.outside.faults.set([one.target], one.fault)
    for (const one of stuck) begun.set(one.name, { draft: await begin(one), at: Date.now() })
  })
  afterAll(() =>
    stage.outside.faults.set(
      stuck.map(({ target }) => target),
      { mode: 'ok' },
    ),
  )

  it.each(stuck)(
    '$name: found by its problem, read with its cause',
    async (one) => {
      const { draft, at } = of(one.name)
      const problem = await until(
        'the problem is seen',
        async () => (await attributesOf(draft))['Problem'],
        70_000,
      )
      expect(Date.now() - at).toBeLessThan(minute)
      expect(problem).toEqual(one.problem)
      expect((await attributesOf(draft))['WaitingFor']).toEqual(one.waitingFor)
      const details = await detailsOf(draft)
      for (const said of one.said) expect(details).toContain(said)
      expect(details).toMatch(/已尝试 \d+ 次 tries；下次不晚于 next by \d{4}-\d\d-\d\d \d\d:\d\d/)
      expect(details).not.toMatch(/示例甲|@/) // R59
      expect(await owedBy(draft)).toMatchObject({ cause: one.cause })
    },
    80_000,
  )

  it('times are those of Beijing, whatever the machine’s are', async () => {
    const { draft, at } = of('report refused')
    const since = /自 Since (\S+ \S+)/.exec(await detailsOf(draft))?.[1] ?? ''
    expect([at, at - minute].map(beijingTime)).toContain(since)
    const asOf = Date.parse(
      `${/截至 as of (\S+ \S+)/.exec(await detailsOf(draft))?.[1]?.replace(' ', 'T')}:00+08:00`,
    )
    expect(Math.abs(asOf - Date.now())).toBeLessThan(3 * minute)
  })

  it('a refusal waits longer each time, an outage half a minute at most', async () => {
    const { lastAt, dueAt, pauseMs } = await owedBy(of('report refused').draft)
    expect(pauseMs).toBeGreaterThan(30_000)
    expect(dueAt.getTime() - (lastAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(pauseMs)
    expect((await owedBy(of('GSA-Human repository-unavailable').draft)).pauseMs).toBeLessThanOrEqual(30_000)
  })

  it('goes on at once when somebody acts: starts the workflow anew, resets its activity, clicks again', async () => {
    stage.outside.faults.set(
      stuck.map(({ target }) => target),
      { mode: 'ok' },
    )
    const report = of('report refused').draft
    await stage.handleOf(report).terminate('for another try')
    await stage.start(report)
    await untilSettled(report)
    expect(await stateOf(stage, report)).toMatchObject({ report: { version: 1, acknowledged: 1 } })

    const gvm = of('GVM repository-wrong-answer').draft
    await stage.connection.workflowService.resetActivity({
      namespace: stage.client.options.namespace,
      execution: { workflowId: stage.handleOf(gvm).workflowId },
      type: 'askRepository',
    })
    await untilSettled(gvm)

    const { draft } = of('mail greylisted')
    const [file] = (await stateOf(stage, draft)).files
    await stage.say(draft, 'sendCode', { fileId: file?.id ?? '' })
    await untilSettled(draft)
    await until('the problem is gone', async () => (await attributesOf(draft))['Problem'] === undefined)
  })
})

describe('R25 a mail that was refused for good', () => {
  it.each([
    ['5.1.1 no mailbox', '地址不存在 no such address (550 5.1.1)'],
    ['5.2.2 over quota', '对方邮箱已满 the mailbox is full (550 5.2.2)'],
    ['5.3.0 not today', '对方拒收 rejected by the server (550 5.3.0)'],
  ])('%s: the reason and the code stand in the details', async (words, said) => {
    stage.outside.faults.set(['mail'], { mode: 'error', status: 550, words })
    const file = aFile({ depositorEmail: `${randomUUID()}@example.cn` })
    const draft = await startFrom(stage, { files: [file] })
    await stage.say(draft, 'sendCode', { fileId: file.id })
    await until('it is seen', async () => (await attributesOf(draft))['Problem']?.[0] === 'undelivered')
    expect(await detailsOf(draft)).toContain(`邮件未送达 Mail not delivered: ${said}`)
  })
})
