import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dataTypesOf, repositories, type ContentType, type Repository } from '../../domain/catalogue.ts'
import type { Fault } from '../../local/stand-ins/faults.ts'
import { repositoryLookup } from '../../activities/ports/repositories.ts'
import { createAccount, ownFile, othersFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'
import { aFile, startFrom, stateOf } from './arrange.ts'

let stage: Stage
/** A check at a repository that takes longer than the time limit; it begins before all others. */
let slowest: { draft: Draft; fileId: string }
beforeAll(async () => {
  stage = await startStage({ sweepSeconds: 0.5, graceSeconds: 0.5 })
  fault({ mode: 'slow', ms: 21_000 }, 'GVM')
  slowest = await linked({ ...ownFile(randomUUID()), dataType: 3, accession: 'GVM000002' })
  fault({ mode: 'ok' }, 'GVM') // for the next question
})
afterAll(() => stage.close())
afterEach(() => fault({ mode: 'ok' }))

const fault = (value: Fault, of: Repository = 'GSA-Human') => stage.outside.faults.set([of], value)
type Linked = Omit<ReturnType<typeof ownFile>, 'dataType'> & {
  dataType: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10
}
const link = (draft: Draft, file: Linked & { confirmDuplicate?: boolean; replaces?: string }) =>
  stage.say(draft, 'linkFile', file)
async function linked(file: Linked) {
  const draft = await startFrom(stage, {})
  expect(await link(draft, file)).toEqual({ ok: true })
  return { draft, fileId: file.fileId }
}
const fileOf = async (draft: Draft, fileId: string) =>
  (await stateOf(stage, draft)).files.find((file) => file.id === fileId)
const untilStatus = (draft: Draft, fileId: string, status: string) =>
  until(status, async () => (await fileOf(draft, fileId))?.status === status)
const owedBy = (draft: Draft) =>
  stage.owner.selectFrom('owed').selectAll().where('subjectId', '=', draft.id).executeTakeFirst()
const untilTried = (draft: Draft, tries: number) =>
  until(`${tries} tries`, async () => {
    const owed = await owedBy(draft)
    return owed !== undefined && owed.tries >= tries && owed.cause !== null && owed
  })
/** All but those of the slowest one, which comes to its end at any time. */
const lookups = () => stage.outside.lookups.entries.filter((lookup) => lookup.accession !== 'GVM000002')
const auditOf = async (draft: Draft) => {
  const rows = stage.owner.selectFrom('audit').select('action').where('backupId', '=', draft.id).orderBy('id')
  return (await rows.execute()).map((row) => row.action)
}
const reloadsOf = async (draft: Draft): Promise<number> =>
  ((await stage.handleOf(draft).fetchHistory()).events ?? []).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'reload',
  ).length

describe('R20, R21 no improper answer is a mismatch; each has its cause', () => {
  const outages: [string, Fault, string][] = [
    ['no connection', { mode: 'down' }, 'refused'],
    ['500', { mode: 'error' }, 'server-error'],
    ['503', { mode: 'error', status: 503, retryAfter: 1 }, 'server-error'],
    ['400', { mode: 'error', status: 400 }, 'rejected'],
    ['401: our token is wrong', { mode: 'error', status: 401 }, 'unauthorised'],
    ['403', { mode: 'error', status: 403 }, 'unauthorised'],
    ['404', { mode: 'error', status: 404 }, 'rejected'],
    ['301 to a server that says mismatch', { mode: 'error', status: 301 }, 'malformed'],
    ['307 to a server that says mismatch', { mode: 'error', status: 307 }, 'malformed'],
    ['an empty body', { mode: 'wrong', body: '' }, 'malformed'],
    ['null', { mode: 'wrong', body: 'null' }, 'malformed'],
    ['a page', { mode: 'wrong', body: '<html>mismatch</html>' }, 'malformed'],
    ['half a JSON', { mode: 'wrong', body: '{"answer":"mism' }, 'malformed'],
    ['another word', { mode: 'wrong', body: '{"answer":"MISMATCH"}' }, 'malformed'],
    ['a list', { mode: 'wrong', body: '["mismatch"]' }, 'malformed'],
    ['a list in it', { mode: 'wrong', body: '{"answer":["match"]}' }, 'malformed'],
    ['another key', { mode: 'wrong', body: '{"match":true}' }, 'malformed'],
    ['two answers', { mode: 'wrong', body: '{"answer":"match"}{"answer":"mismatch"}' }, 'malformed'],
    ['a nested answer', { mode: 'wrong', body: '{"answer":{"answer":"match"}}' }, 'malformed'],
    ['another data set', { mode: 'wrong', about: { accession: 'HRA000568' } }, 'other-subject'],
    ['another repository', { mode: 'wrong', about: { repository: 'OMIX' } }, 'other-subject'],
    ['an answer that is cut', { mode: 'wrong', body: '{"answer":"mismatch"}', cut: true }, 'malformed'],
    ['half an answer that is cut', { mode: 'wrong', body: '{"answer":"mis', cut: true }, 'malformed'],
  ]
  it.each(outages)('%s', async (_, trouble, cause) => {
    fault(trouble)
    const ask = repositoryLookup(stage.config.REPOSITORIES_URL, stage.config.REPOSITORIES_TOKEN)
    const question = { repository: 'GSA-Human', accession: 'HRA000567', account: 'a@example.cn' } as const
    await expect(ask(question)).rejects.toMatchObject({ name: 'Unavailable', outsideCause: cause })
    await expect(ask({ ...question, account: 'b@example.cn' })).rejects.toMatchObject({ outsideCause: cause })
  })

  const some = ['no connection', '500', '307 to', 'null', 'another data set', 'an answer that is cut']
  const few = outages.filter(([name]) => some.some((begin) => name.startsWith(begin)))
  it.each(few)('%s: 校验中, and done by itself afterwards', async (_, trouble, cause) => {
    const from = lookups().length
    fault(trouble)
    const [own, foreign] = await Promise.all([
      linked(ownFile(randomUUID())),
      linked({ ...ownFile(randomUUID()), accession: 'HRA000569' }), // another account's
    ])
    expect((await untilTried(own.draft, 1)).cause).toBe(cause)
    for (const { draft, fileId } of [own, foreign])
      expect((await fileOf(draft, fileId))?.status).toBe('checking')
    fault({ mode: 'ok' })
    await untilStatus(own.draft, own.fileId, 'done')
    await untilStatus(foreign.draft, foreign.fileId, 'mismatch')
    expect(await auditOf(own.draft)).toEqual(['fileAdded', 'fileChecked'])
    expect(await auditOf(foreign.draft)).toEqual(['fileAdded', 'fileMismatched'])
    // Each was answered once, and never asked again.
    const answered = lookups()
      .slice(from)
      .filter((lookup) => lookup.answer !== null)
    expect(answered.map((lookup) => lookup.accession).sort()).toEqual(['HRA000567', 'HRA000569'])
  })

  it('flapping: each file is done after the first good answer', async () => {
    fault({ mode: 'flapping' })
    const from = lookups().length
    const all = await Promise.all(Array.from({ length: 4 }, () => linked(ownFile(randomUUID()))))
    await Promise.all(all.map(({ draft, fileId }) => untilStatus(draft, fileId, 'done')))
    expect(
      lookups()
        .slice(from)
        .filter((lookup) => lookup.answer === 'match'),
    ).toHaveLength(4)
  })

  it('slower than a person waits: 校验中 first, and one question only', async () => {
    fault({ mode: 'slow', ms: 2_500 })
    const from = lookups().length
    const [own, foreign] = await Promise.all([
      linked(ownFile(randomUUID())),
      linked({ ...ownFile(randomUUID()), accession: 'HRA000569' }),
    ])
    expect((await fileOf(own.draft, own.fileId))?.status).toBe('checking')
    await untilStatus(own.draft, own.fileId, 'done')
    await untilStatus(foreign.draft, foreign.fileId, 'mismatch')
    expect(lookups().slice(from)).toHaveLength(2)
  })
})

describe('R20 429 and Retry-After', () => {
  it('asks no sooner than the repository wants, and the sweep keeps quiet meanwhile', async () => {
    fault({ mode: 'error', status: 429, retryAfter: 4, only: 'HRA000568' })
    const file = { ...ownFile(randomUUID()), accession: 'HRA000568' }
    const from = lookups().length
    const { draft, fileId } = await linked(file)
    // The now-try of the click, and the first try of the durable check: each may meet the answer once.
    await untilTried(draft, 1)
    fault({ mode: 'ok' })
    await untilStatus(draft, fileId, 'done')
    const times = lookups()
      .slice(from)
      .filter((lookup) => lookup.accession === 'HRA000568')
      .map((lookup) => Date.parse(lookup.at))
    const last = times.at(-1) ?? 0
    const refused = times.at(-2) ?? 0
    expect(last - refused).toBeGreaterThanOrEqual(3_900)
    expect(await reloadsOf(draft)).toBe(0)
  })

  it('asks once in that time, not once by the click and once by the check', async () => {
    fault({ mode: 'error', status: 429, retryAfter: 30, only: 'HRA000568' })
    const file = { ...ownFile(randomUUID()), accession: 'HRA000568' }
    const from = lookups().length
    const { draft } = await linked(file)
    const isTried = until('a second question', () => Promise.resolve(lookups().length > from + 1), 1_500)
    await expect(
      isTried.finally(() => stage.say(draft, 'removeFile', { fileId: file.fileId })),
    ).rejects.toThrow()
  })
})

describe('R21 a late mismatch, and files that go', () => {
  it('keeps all that was typed, blocks nothing, and is replaced by the next try', async () => {
    fault({ mode: 'down' })
    const file = { ...ownFile(randomUUID()), accession: 'HRA000569', mbPerSample: '0.125', sampleCount: 7 }
    const { draft, fileId } = await linked(file)
    fault({ mode: 'ok' })
    await untilStatus(draft, fileId, 'mismatch')
    const { accession, depositorEmail, mbPerSample, sampleCount, dataType } = file
    expect(await fileOf(draft, fileId)).toMatchObject({
      ...{ accession, depositorEmail, mbPerSample, sampleCount, dataType },
    })
    expect(await stage.say(draft, 'submit', {})).toMatchObject({ code: 'NO_FILES' })
    const right = randomUUID()
    expect(await link(draft, { ...ownFile(right), replaces: fileId })).toEqual({ ok: true })
    expect((await stateOf(stage, draft)).files.map((one) => one.id)).toEqual([right])
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
  })

  it('does not ask any more about a file, or a backup, that is gone', async () => {
    fault({ mode: 'down' })
    const [removed, discarded] = await Promise.all([
      linked(ownFile(randomUUID())),
      linked({ ...ownFile(randomUUID()), accession: 'HRA000568' }),
    ])
    await stage.say(removed.draft, 'removeFile', { fileId: removed.fileId })
    await stage.say(discarded.draft, 'discard', {})
    await stage.handleOf(discarded.draft).result()
    await until('its check is over', async () => {
      const { pendingActivities } = (await stage.handleOf(removed.draft).describe()).raw
      return (pendingActivities ?? []).length === 0
    })
    const asked = lookups().length
    fault({ mode: 'ok' })
    const probe = await linked({ ...ownFile(randomUUID()), accession: 'HRA000570' }).catch(() => undefined)
    expect(probe).toBeUndefined() // answered at once: a mismatch
    expect(lookups()).toHaveLength(asked + 1)
    expect(await owedBy(removed.draft)).toBeUndefined()
    expect(await owedBy(discarded.draft)).toBeUndefined()
  })

  it('does not ask about what is refused anyway', async () => {
    const draft = await startFrom(stage, {})
    const own = ownFile(randomUUID())
    await link(draft, own)
    const asked = lookups().length
    for (const [change, code] of [
      [{ fileId: randomUUID() }, 'ACCESSION_DUPLICATE'],
      [{ fileId: randomUUID(), accession: 'HRR000001' }, 'ACCESSION_SUBOBJECT'],
      [{ fileId: randomUUID(), accession: 'GVM000001' }, 'ACCESSION_OTHER_REPOSITORY'],
    ] as const)
      expect(await link(draft, { ...own, ...change })).toMatchObject({ code })
    expect(await link(draft, own)).toEqual({ ok: true }) // the same file again: known
    expect(
      await stage.say(
        draft,
        'linkFile',
        { ...ownFile(randomUUID()), accession: 'HRA000568' },
        {
          actor: randomUUID(),
        },
      ),
    ).toMatchObject({ code: 'NOT_FOUND' })
    expect(lookups()).toHaveLength(asked)
  })
})

describe('R20, R22 the account', () => {
  it('is asked as typed and compared without case: lead → 完成, another → 待验证', async () => {
    const draft = await startFrom(stage, {})
    const [lead, other] = [randomUUID(), randomUUID()]
    await link(draft, { ...ownFile(lead), depositorEmail: 'A@EXAMPLE.CN' })
    await link(draft, { ...othersFile(other), depositorEmail: 'Depositor@Example.CN' })
    expect((await fileOf(draft, lead))?.status).toBe('done')
    expect(await fileOf(draft, other)).toMatchObject({
      status: 'pending',
      depositorEmail: 'Depositor@Example.CN',
    })
  })

  it.each(repositories)('is asked of %s for its own data types', async (repository) => {
    const world: Record<Repository, string> = {
      'GSA-Human': 'HRA000567',
      GWH: 'GWHAAAA00000001.1',
      GVM: 'GVM000001',
      GenBase: 'C_AA000001.1',
      OMIX: 'OMIX001226',
    }
    const [dataType = 1] = dataTypesOf(repository)
    const file = { ...ownFile(randomUUID()), dataType, accession: world[repository] }
    const { draft, fileId } = await linked(file)
    expect((await fileOf(draft, fileId))?.status).toBe('done')
    expect(lookups().at(-1)).toMatchObject({ repository, accession: world[repository], answer: 'match' })
  })
})

describe('R23 the same accession in another backup of the unit', () => {
  const again = (accession = 'HRA000567') => ({ ...ownFile(randomUUID()), accession })
  const done = (accession: string) => ({ files: [aFile({ status: 'done', accession })] })

  it('is a warning that can be confirmed', async () => {
    const first = await startFrom(stage, done('HRA000567'))
    const draft = await startFrom(stage, {}, { unitId: first.unitId })
    const asked = lookups().length
    expect(await link(draft, again())).toEqual({
      ok: false,
      code: 'ACCESSION_ELSEWHERE',
      params: { accession: 'HRA000567', number: null },
    })
    expect(lookups()).toHaveLength(asked)
    expect(await link(draft, { ...again(), confirmDuplicate: true })).toEqual({ ok: true })
    expect(lookups()).toHaveLength(asked + 1)
  })

  it('cannot be confirmed in the same backup, nor opens the way for a mismatch', async () => {
    const first = await startFrom(stage, done('HRA000567'))
    const draft = await startFrom(stage, {}, { unitId: first.unitId })
    await link(draft, { ...again(), confirmDuplicate: true })
    expect(await link(draft, { ...again(), confirmDuplicate: true })).toMatchObject({
      code: 'ACCESSION_DUPLICATE',
    })
    const foreign = { ...again(), depositorEmail: 'b@example.cn', confirmDuplicate: true }
    const second = await startFrom(stage, {}, { unitId: first.unitId })
    expect(await link(second, foreign)).toMatchObject({ code: 'ACCOUNT_ACCESSION_MISMATCH' })
  })

  it('ignores the version for “same”, in both directions', async () => {
    const first = await startFrom(stage, done('GWHAAAA00000001.1'))
    const draft = await startFrom(stage, {}, { unitId: first.unitId })
    const file = { ...again('GWHAAAA00000001'), dataType: 2 as const }
    expect(await link(draft, file)).toMatchObject({ code: 'ACCESSION_ELSEWHERE' })
    expect(await link(draft, { ...file, confirmDuplicate: true })).toEqual({ ok: true })
    expect(
      await link(draft, { ...file, fileId: randomUUID(), accession: 'GWHAAAA00000001.2' }),
    ).toMatchObject({
      code: 'ACCESSION_DUPLICATE',
    })
  })

  it('names an own backup, with its number, only', async () => {
    const own = await startFrom(stage, { ...done('HRA000567'), stage: 'submitted' })
    const { number } = await stage.row(own)
    expect(await link(await startFrom(stage, {}, own), again())).toMatchObject({
      params: {
        number,
        backupId: own.id,
        name: expect.any(String) as string,
        project: expect.any(String) as string,
      },
    })
    const accountId = await createAccount(stage.owner, own.unitId)
    const colleague = await startFrom(stage, {}, { unitId: own.unitId, accountId })
    expect(await link(colleague, again())).toEqual({
      ok: false,
      code: 'ACCESSION_ELSEWHERE',
      params: { accession: 'HRA000567', number: null },
    })
  })

  it('warns neither across units, nor of what is removed, discarded or 校验失败', async () => {
    const first = await startFrom(stage, done('HRA000567'))
    expect(await link(await startFrom(stage, {}), again())).toEqual({ ok: true })

    await stage.say(first, 'removeFile', { fileId: (await stateOf(stage, first)).files[0]?.id ?? '' })
    await startFrom(stage, { ...done('HRA000567'), stage: 'discarded' }, { unitId: first.unitId })
    const failed = [aFile({ status: 'mismatch', accession: 'HRA000567' })]
    await startFrom(stage, { files: failed }, { unitId: first.unitId })
    const draft = await startFrom(stage, {}, { unitId: first.unitId })
    expect(await link(draft, again())).toEqual({ ok: true })
  })
})

describe('R13 the content of a backup with files', () => {
  const edit = (draft: Draft, contentTypes: ContentType[]) =>
    stage.say(draft, 'editBackup', { name: '新名称', contentTypes })

  it.each(['checking', 'pending', 'done', 'mismatch'] as const)('with a file that is %s', async (status) => {
    fault({ mode: 'down' }, 'GWH')
    const file = aFile({ status, dataType: 2, accession: 'GWHAAAA00000002' })
    const draft = await startFrom(stage, { files: [file] })
    // Data type 2 is offered by wgs alone; one that failed needs nothing.
    expect(await edit(draft, ['array'])).toEqual(
      status === 'mismatch'
        ? { ok: true }
        : {
            ok: false,
            code: 'CONTENT_TYPE_IN_USE',
            params: { contentTypes: ['wgs'], accessions: [file.accession], fileIds: [file.id] },
          },
    )
    expect(await edit(draft, ['wgs', 'epigenome'])).toEqual({ ok: true })
    await stage.say(draft, 'removeFile', { fileId: file.id })
    expect(await edit(draft, ['epigenome'])).toEqual({ ok: true })
    fault({ mode: 'ok' }, 'GWH')
  })

  it('drops a content type whose data type another one offers, too', async () => {
    const draft = await startFrom(
      stage,
      { files: [aFile({ dataType: 1 })] },
      { contentTypes: ['wgs', 'wes'] },
    )
    expect(await edit(draft, ['wes'])).toEqual({ ok: true })
  })

  it('offers the new data types at once, and no longer the old ones', async () => {
    const draft = await startFrom(stage, {}, { contentTypes: ['epigenome'] })
    const file = { ...ownFile(randomUUID()), dataType: 2 as const, accession: 'GWHAAAA00000002' }
    expect(await link(draft, file)).toMatchObject({ code: 'DATA_TYPE_NOT_OFFERED' })
    await edit(draft, ['wgs'])
    expect(await link(draft, file)).toEqual({ ok: true })
  })
})

describe('R20 a repository that is slower than anything', () => {
  it('is given up after 20 s, and done by itself when it is well again', async () => {
    const { draft, fileId } = slowest
    await until('it is done', async () => (await fileOf(draft, fileId))?.status === 'done', 25_000)
    const modes = stage.outside.lookups.entries.flatMap(({ accession, mode }) =>
      accession === 'GVM000002' ? [mode] : [],
    )
    expect(modes).toContain('ok') // asked again, not answered late
    expect(await auditOf(draft)).toEqual(['fileAdded', 'fileChecked'])
  })

  it('is left alone by the sweep while it is being asked', async () => {
    expect(await reloadsOf(slowest.draft)).toBe(0)
  })
})
