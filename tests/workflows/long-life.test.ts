import { randomUUID } from 'node:crypto'
import { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { dataConverter } from '../../runtime/data-converter.ts'
import { progress, reload } from '../../workflows/backup/commands.ts'
import { createDraft, othersFile, ownFile } from '../support/factories.ts'
import { startStage, testKeys, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

describe('R54 a draft that was busy for long', () => {
  it('begins anew from its row: its code, its deadline and what is owed go on', async () => {
    const draft = await createDraft(stage.owner)
    const { runId: first } = await (await stage.start(draft)).describe()
    const [others, own] = [randomUUID(), randomUUID()]
    await stage.say(draft, 'linkFile', othersFile(others))
    await stage.say(draft, 'sendCode', { fileId: others })
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    await stage.say(draft, 'linkFile', { ...ownFile(own), accession: 'HRA000568' })
    const { deadline } = await stage.row(draft)

    const handle = stage.handleOf(draft)
    await Promise.all(Array.from({ length: 130 }, () => handle.signal(reload)))
    const runId = await until('it has begun anew', async () => {
      await handle.signal(reload)
      await handle.query(progress) // it has looked
      const { runId: now } = await handle.describe()
      return now !== first && now
    })
    const { events } = await stage.client.workflow.getHandle(handle.workflowId, runId).fetchHistory()
    expect(events?.length).toBeLessThan(100)
    const { events: whole } = await stage.client.workflow.getHandle(handle.workflowId, first).fetchHistory()
    const before = whole ?? []
    expect(before.length).toBeGreaterThan(200)
    const bundle = { workflowBundle: { codePath: inject('bundle') }, dataConverter: dataConverter(testKeys) }
    for await (const { error } of Worker.runReplayHistories(bundle, [
      { workflowId: 'w', history: { events: before } },
    ]))
      expect(error).toBeUndefined()

    expect(await stage.say(draft, 'sendCode', { fileId: others })).toMatchObject({ code: 'CODE_TOO_SOON' })
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    await until('the check is done', async () => (await stage.file(own)).status === 'done')
    expect((await stage.row(draft)).deadline).toEqual(deadline)
    await stage.forward(draft, 48 * 3600)
    await until('the code is expired', async () => (await stage.file(others)).consentStatus === 'expired')
  }, 120_000)
})
