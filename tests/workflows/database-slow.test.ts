import { WorkflowUpdateFailedError } from '@temporalio/client'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDraft, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

describe('decision 011: our own database is outside too', () => {
  it('a command that it does not answer goes on as a regular activity, and is answered in the end', async () => {
    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    await until('the first look is over', async () => (await stage.row(draft)).seenVersion === 1)
    const holder = new pg.Client({ connectionString: stage.url('hgrip_migrate') })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from backups where id = $1 for update', [draft.id])

    const answer = stage.say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs'] })
    await untilRegular(draft)

    await holder.query('rollback')
    await holder.end()
    expect(await answer).toEqual({ ok: true })
    expect((await stage.row(draft)).name).toBe('新名称')
  })

  it('a command that it refuses at once does so, too', async () => {
    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    await until('the first look is over', async () => (await stage.row(draft)).seenVersion === 1)
    await connections(0)

    const answer = stage.say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs'] })
    await untilRegular(draft)

    await connections(-1)
    expect(await answer).toEqual({ ok: true })
  })

  it('a command that fails because of a defect ends, and the next one goes on', async () => {
    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    await until('the first look is over', async () => (await stage.row(draft)).seenVersion === 1)
    const edit = () => stage.say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs'] })
    await sql`revoke update on backups from hgrip_worker`.execute(stage.owner)
    await expect(edit()).rejects.toThrow(WorkflowUpdateFailedError)
    await sql`grant update on backups to hgrip_worker`.execute(stage.owner)
    expect(await edit()).toEqual({ ok: true })
  })

  /** How many the worker may have; those that it has are ended. */
  async function connections(limit: number): Promise<void> {
    const superuser = new pg.Client({ connectionString: stage.url('postgres') })
    await superuser.connect()
    await superuser.query(`alter database "${superuser.database ?? ''}" connection limit ${limit}`)
    await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = 'hgrip_worker'`,
    )
    await superuser.end()
  }

  /** Retries inside the task would fill the history, and Temporal Web would not show them. */
  async function untilRegular(draft: Draft): Promise<void> {
    await until('it is a regular activity', async () => {
      const { pendingActivities } = (await stage.handleOf(draft).describe()).raw
      return pendingActivities?.some((activity) => activity.activityType?.name === 'change')
    })
    const { events } = await stage.handleOf(draft).fetchHistory()
    expect(events?.length).toBeLessThan(40)
  }
})
