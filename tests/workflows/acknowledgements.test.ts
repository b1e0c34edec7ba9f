/** R37: what the report system has to say before a version counts as told. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportSystem } from '../../activities/ports/report-system.ts'
import { createDraft, ownFile } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

const report = {
  ...{ name: '备份', contentTypes: ['wgs' as const], sizeMb: '1', files: [] },
  ...{ unit: { id: 'u', name: '单位' }, custodian: { id: 'c', subject: 's', name: '甲' } },
  project: { id: 'p', name: '项目', leadName: '甲', leadEmail: 'a@example.cn' },
}
const [number, version] = ['BF2026112200001', 3]

describe('R37 an acknowledgement names this version, or a later one', () => {
  let server: Server
  let said: { status: number; body: string }
  let tell: () => Promise<void>
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume()
      response.writeHead(said.status, { 'content-type': 'application/json' }).end(said.body || undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const ask = reportSystem(`http://127.0.0.1:${port}/`, 'token')
    tell = () => ask(number, version, report)
  })
  afterAll(() => server.close())

  it.each([
    ['this one', '{"version":3}'],
    ['a later one: it knows more than we tell', '{"version":4}'],
    ['with other words beside it', '{"number":"BF2026112200001","version":3}'],
  ])('%s', async (_, body) => {
    said = { status: 200, body }
    await expect(tell()).resolves.toBeUndefined()
  })

  it.each([
    ['the version before', 200, '{"version":2}'],
    ['the first one', 200, '{"version":1}'],
    ['none yet', 200, '{"version":0}'],
    ['a negative one', 200, '{"version":-3}'],
    ['no version', 200, '{}'],
    ['only “ok”', 200, '{"ok":true}'],
    ['a string', 200, '{"version":"3"}'],
    ['a word', 200, '{"version":"?"}'],
    ['null', 200, '{"version":null}'],
    ['true', 200, '{"version":true}'],
    ['a list', 200, '{"version":[3]}'],
    ['a fraction', 200, '{"version":3.5}'],
    ['more than there are integers', 200, '{"version":1e999}'],
    ['a bare number', 200, '3'],
    ['a list around it', 200, '[{"version":3}]'],
    ['under another name', 200, '{"Version":3}'],
    ['half an answer', 200, '{"version":3'],
    ['a page', 200, '<html>maintenance</html>'],
    ['nothing', 200, ''],
    ['no content', 204, ''],
    ['a refusal that names it', 400, '{"version":3}'],
    ['an error that names it', 500, '{"version":3}'],
    ['a redirect', 302, '{"version":3}'],
  ])('not so: %s', async (_, status, body) => {
    said = { status, body }
    await expect(tell()).rejects.toMatchObject({ name: 'Unavailable' })
  })
})

describe('R37 what was not acknowledged', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
  })
  afterAll(() => stage.close())

  it('stays owed, and shows as not known there, until it is', async () => {
    const wrong = (body: string) => stage.outside.faults.set(['report'], { mode: 'wrong', body })
    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    await stage.say(draft, 'linkFile', ownFile(randomUUID()))
    const untilTried = (tries: number) =>
      until(`${tries} tries`, async () => {
        const owed = await stage.owner.selectFrom('owed').selectAll().executeTakeFirst()
        return owed !== undefined && owed.tries >= tries && owed.cause !== null
      })
    wrong('{"version":0}')
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
    await untilTried(1)
    for (const [i, body] of ['{}', '{"version":"1"}'].entries()) {
      wrong(body)
      await untilTried(i + 2)
    }
    expect(await stage.row(draft)).toMatchObject({
      reportVersion: 1,
      reportAcknowledged: 0,
      acknowledgedAt: null,
    })
    const syncs = () => stage.owner.selectFrom('reportSyncs').select('acknowledgedAt').execute()
    expect(await syncs()).toEqual([{ acknowledgedAt: null }])

    stage.outside.faults.set(['report'], { mode: 'ok' })
    await stage.handleOf(draft).result()
    expect(await stage.row(draft)).toMatchObject({ reportVersion: 1, reportAcknowledged: 1 })
    expect((await syncs())[0]?.acknowledgedAt).toBeInstanceOf(Date)
  })
})
