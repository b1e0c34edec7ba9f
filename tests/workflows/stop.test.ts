/** A worker that is told to stop ends what it has begun; nothing is asked twice afterwards. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../domain/backup/outside.ts'
import { createDraft, othersFile, ownFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ sweepSeconds: 1 })
})
afterAll(() => stage.close())
beforeEach(async () => {
  stage.outside.faults.set(['GSA-Human', 'mail', 'report'], { mode: 'ok' })
  await stage.restartWorker()
})

/** Longer than a person's click waits, shorter than a worker may take to stop. */
const slow = { mode: 'slow', ms: 4_000 } as const
const started = async (): Promise<Draft> => {
  const draft = await createDraft(stage.owner)
  await stage.start(draft)
  return draft
}
const owedBy = (draft: Draft) =>
  stage.owner.selectFrom('owed').selectAll().where('subjectId', '=', draft.id).execute()
const outcomes = async (draft: Draft): Promise<(Outcome | null)[]> =>
  (await owedBy(draft)).map(({ outcome }) => outcome)
const actions = async (draft: Draft) => {
  const rows = stage.owner.selectFrom('audit').select('action').where('backupId', '=', draft.id).orderBy('id')
  return (await rows.execute()).map(({ action }) => action)
}
/**
 * Told to stop while the click waits for the attempt. The worker then takes up no activity any more, so nothing but the
 * attempt itself is left of it. What the click is answered may come from the next worker.
 */
async function stopUnderWay(click: Promise<unknown>): Promise<void> {
  await until('the attempt is under way', async () => {
    const { rows } = await sql`select 1 from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.locktype = 'advisory' and l.granted`.execute(stage.owner)
    return rows.length > 0
  })
  await stage.stopWorker()
  clicked = click
}
let clicked: Promise<unknown> = Promise.resolve()

describe('R54 a graceful stop while an attempt is under way', () => {
  it('a mail: its acceptance is kept, and it is not sent again', async () => {
    const draft = await started()
    const file = { ...othersFile(randomUUID()), depositorEmail: 'depositor@example.cn' }
    expect(await stage.say(draft, 'linkFile', file)).toEqual({ ok: true })
    const mails = () => stage.outside.inbox.newestFirst().filter(({ text }) => text.includes(file.accession))
    stage.outside.faults.set(['mail'], slow)
    await stopUnderWay(stage.say(draft, 'sendCode', { fileId: file.fileId }))
    expect(mails()).toHaveLength(1)
    expect(await outcomes(draft)).toEqual([{ kind: 'accepted' }])

    await stage.restartWorker()
    expect(await clicked).toEqual({ ok: true })
    await until('it is recorded', async () => (await stage.file(file.fileId)).consentStatus === 'sent')
    expect(mails()).toHaveLength(1)
    expect((await stage.file(file.fileId)).generation).toBe(1)
    expect(await actions(draft)).toEqual(['fileAddedAndChecked', 'codeRequested', 'codeSent'])
  })

  it('a check: its answer is kept, and the repository is not asked again', async () => {
    const draft = await started()
    const file = { ...ownFile(randomUUID()), accession: 'HRA000568' }
    const lookups = () => stage.outside.lookups.entries.filter(({ accession }) => accession === 'HRA000568')
    stage.outside.faults.set(['GSA-Human'], slow)
    await stopUnderWay(stage.say(draft, 'linkFile', file))
    expect((await stage.file(file.fileId)).status).toBe('checking')
    expect(await outcomes(draft)).toEqual([{ kind: 'checked', answer: 'match' }])

    await stage.restartWorker()
    expect(await clicked).toEqual({ ok: true })
    await until('it is done', async () => (await stage.file(file.fileId)).status === 'done')
    expect(lookups()).toHaveLength(1)
    expect(await actions(draft)).toEqual(['fileAdded', 'fileChecked'])
  })

  it('a version on its way to the report system: told once', async () => {
    const draft = await started()
    expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
    stage.outside.faults.set(['report'], slow)
    await stopUnderWay(stage.say(draft, 'submit', {}))
    expect(await outcomes(draft)).toEqual([{ kind: 'acknowledged' }])

    await stage.restartWorker()
    expect(await clicked).toEqual({ ok: true })
    await stage.handleOf(draft).result()
    const { number, reportAcknowledged } = await stage.row(draft)
    expect(reportAcknowledged).toBe(1)
    const told = stage.outside.report.backups().filter((one) => one.number === number)
    expect(told.flatMap(({ versions }) => versions)).toHaveLength(1)
  })
})
