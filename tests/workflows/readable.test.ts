/** What staff find and read in Temporal Web (R52), without any person in it (R59). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDraft, othersFile } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

describe('R52 a backup can be found and read in Temporal Web', () => {
  it('by its stage, what it waits for, unit, project and deadline, and says so in words', async () => {
    const draft = await createDraft(stage.owner)
    const handle = await stage.start(draft)
    const attributes = async () => (await handle.describe()).searchAttributes
    expect(handle.workflowId).toBe(`backup-${draft.reference}`)
    expect(await attributes()).toMatchObject({
      Stage: ['draft'],
      WaitingFor: ['researcher'],
      Unit: [draft.unitId],
      Project: [draft.projectId],
    })

    const fileId = randomUUID()
    const file = othersFile(fileId)
    expect(await stage.say(draft, 'linkFile', file)).toEqual({ ok: true })
    expect(await stage.say(draft, 'sendCode', { fileId })).toEqual({ ok: true })
    const found = await until('it waits for the depositor', async () => {
      const now = await attributes()
      return now['WaitingFor']?.[0] === 'depositor' && now
    })
    const { expiresAt } = await stage.file(fileId)
    expect(found['Deadline']).toEqual([expiresAt])

    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')
    expect(currentDetails).toContain('数据提交者 the depositor')
    expect(currentDetails).toContain(file.accession)
    expect(currentDetails).toContain('待验证 Awaiting authorisation')
    const all = currentDetails + JSON.stringify(found)
    const { name } = await stage.owner
      .selectFrom('accounts')
      .select('name')
      .where('id', '=', draft.accountId)
      .executeTakeFirstOrThrow()
    for (const person of [file.depositorEmail, name]) expect(all).not.toContain(person) // R59
  })
})
