import { randomUUID } from 'node:crypto'
import proto from '@temporalio/proto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDraft, othersFile, ownFile } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

const { EventType } = proto.temporal.api.enums.v1

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

describe('the manual’s life of a backup', () => {
  it('goes from a draft to an acknowledged number within the budget', async () => {
    const draft = await createDraft(stage.owner)
    const handle = await stage.start(draft)
    const [own, others] = [randomUUID(), randomUUID()]

    expect(await stage.say(draft, 'linkFile', ownFile(own))).toEqual({ ok: true })
    expect((await stage.file(own)).status).toBe('done') // R22
    expect(await stage.say(draft, 'linkFile', othersFile(others))).toEqual({ ok: true })
    expect((await stage.file(others)).status).toBe('pending') // R22

    expect(await stage.say(draft, 'sendCode', { fileId: others })).toEqual({ ok: true })
    const [code = ''] = stage.outside.codesTo('depositor@example.cn')
    expect(await stage.say(draft, 'enterCode', { fileId: others, proof: stage.proof(others, code) })).toEqual(
      {
        ok: true,
      },
    )
    expect((await stage.file(others)).status).toBe('done') // R28

    expect(await stage.say(draft, 'submit', {}, { key: null as never })).toEqual({ ok: true })
    const row = await stage.row(draft)
    expect(row.number).toMatch(/^BF\d{8}00001$/) // R33
    await handle.result()

    const reported = stage.outside.report.backups()
    expect(reported).toHaveLength(1)
    expect(reported[0]).toMatchObject({ number: row.number, version: 1, files: 2, sizeMb: '200000' })
    expect((await stage.row(draft)).acknowledgedAt).not.toBeNull() // R37

    const history = await handle.fetchHistory()
    const types = (history.events ?? []).map((event) => Number(event.eventType))
    const { EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, EVENT_TYPE_ACTIVITY_TASK_SCHEDULED } = EventType
    const count = (type: number) => types.filter((one) => one === type).length
    expect(
      {
        tasks: count(EVENT_TYPE_WORKFLOW_TASK_SCHEDULED),
        events: types.length,
        activities: count(EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
      },
      JSON.stringify(types.map((type) => EventType[type])),
    ).toEqual({ tasks: 6, events: 42, activities: 0 }) // the budget: architecture.md “Temporal Web”
  })
})

describe('R20, R21 an outage is never the user’s mistake', () => {
  it('shows 校验中, and finishes by itself when the repository is back', async () => {
    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    const fileId = randomUUID()
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    expect(await stage.say(draft, 'linkFile', ownFile(fileId))).toEqual({ ok: true })
    expect((await stage.file(fileId)).status).toBe('checking')
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    await until('the check is done', async () => (await stage.file(fileId)).status === 'done')
  })
})
