/**
 * The order of a workflow's commands must not depend on how the server cuts its history into tasks: what is
 * replayed comes in other portions than what was lived. One that does not replay is stuck for good (R54).
 */
import { randomUUID } from 'node:crypto'
import { Worker } from '@temporalio/worker'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { dataConverter } from '../../runtime/data-converter.ts'
import { createDraft, othersFile, type Draft } from '../support/factories.ts'
import { startStage, testKeys, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

/** Holds the backup's row, so that the workflow's next command takes long. */
async function hold(draft: Draft) {
  const client = new pg.Client({ connectionString: stage.url('postgres') })
  await client.connect()
  await client.query('begin')
  await client.query('select 1 from backups where id = $1 for update', [draft.id])
  return {
    async release() {
      await client.query('rollback')
      await client.end()
    },
  }
}

async function replayed(draft: Draft): Promise<string[]> {
  const history = await stage.handleOf(draft).fetchHistory()
  const bundle = { workflowBundle: { codePath: inject('bundle') }, dataConverter: dataConverter(testKeys) }
  const failures: string[] = []
  for await (const { error } of Worker.runReplayHistories(bundle, [{ workflowId: 'w', history }]))
    if (error) failures.push(error.message)
  return failures
}
const tasksOf = async (draft: Draft): Promise<number> => {
  const { events } = await stage.handleOf(draft).fetchHistory()
  return (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes).length
}

describe('R54 a history replays', () => {
  it('of a first look that took long, and a command that came meanwhile', async () => {
    // Which of the two ends first is chance: several at once, so that it goes both ways.
    const lives = Array.from({ length: 8 }, async () => {
      const draft = await createDraft(stage.owner)
      const row = await hold(draft)
      await stage.start(draft)
      await until('a task has ended without a command', async () => (await tasksOf(draft)) > 0)
      const linked = stage.say(draft, 'linkFile', othersFile(randomUUID()))
      await until('the next one too', async () => (await tasksOf(draft)) > 1)
      await row.release()
      expect(await linked).toEqual({ ok: true })
      return draft
    })
    const failures = (await Promise.all(lives)).map(replayed)
    expect((await Promise.all(failures)).flat()).toEqual([])
  })
})
