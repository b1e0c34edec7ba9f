/**
 * Histories of earlier versions must replay with the present code. `npm run record` writes those of this
 * version to tests/histories/ when the workflow has changed on purpose (with `patched`).
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type proto from '@temporalio/proto'
import { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { codeLifetime } from '../../domain/backup/consent.ts'
import { hour } from '../../domain/times.ts'
import { dataConverter } from '../../runtime/data-converter.ts'
import { createDraft, forgetMails, othersFile, ownFile, type Draft } from '../support/factories.ts'
import { startStage, testKeys, until, type Stage } from '../support/stage.ts'

type History = proto.temporal.api.history.v1.IHistory
const folder = join(import.meta.dirname, '../histories')

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

/** The lives that are recorded, each by what is special in it. */
const lives: Record<string, () => Promise<Draft>> = {
  async manual() {
    const draft = await begun()
    const [own, others] = [randomUUID(), randomUUID()]
    await stage.say(draft, 'linkFile', ownFile(own))
    await stage.say(draft, 'linkFile', othersFile(others))
    await authorise(draft, others)
    await stage.say(draft, 'submit', {})
    return draft
  },
  async 'outside-down'() {
    const draft = await begun()
    const [own, others] = [randomUUID(), randomUUID()]
    const { faults } = stage.outside
    faults.set(['GSA-Human', 'mail', 'report'], { mode: 'down' })
    await stage.say(draft, 'linkFile', ownFile(own))
    await stage.say(draft, 'linkFile', othersFile(others))
    faults.set(['GSA-Human'], { mode: 'ok' })
    await until('checked', async () => (await stage.file(others)).status === 'pending')
    await stage.say(draft, 'sendCode', { fileId: others })
    faults.set(['mail'], { mode: 'ok' })
    await until('mailed', async () => (await stage.file(others)).consentStatus === 'sent')
    await until('checked', async () => (await stage.file(own)).status === 'done')
    await enter(draft, others)
    await stage.say(draft, 'submit', {})
    faults.set(['report'], { mode: 'ok' })
    return draft
  },
  async 'expired-and-sent-again'() {
    const draft = await begun()
    const others = randomUUID()
    await stage.say(draft, 'linkFile', othersFile(others))
    await stage.say(draft, 'sendCode', { fileId: others })
    await stage.forward(draft, 48 * 3600 + 1)
    await authorise(draft, others)
    await stage.say(draft, 'submit', {})
    return draft
  },
  async discarded() {
    const draft = await begun()
    await stage.say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs'] })
    await stage.say(draft, 'discard', {})
    return draft
  },
}

async function begun(): Promise<Draft> {
  await forgetMails(stage.owner)
  const draft = await createDraft(stage.owner)
  await stage.start(draft)
  return draft
}
async function authorise(draft: Draft, fileId: string) {
  await stage.say(draft, 'sendCode', { fileId })
  await enter(draft, fileId)
}
async function enter(draft: Draft, fileId: string) {
  const [code = ''] = stage.outside.codesTo('depositor@example.cn')
  expect(await stage.say(draft, 'enterCode', { fileId, proof: stage.proof(fileId, code) })).toEqual({
    ok: true,
  })
}

/** Why each history does not replay with this bundle. */
async function failures(histories: History[], code?: string): Promise<string[]> {
  const bundle = code === undefined ? { codePath: inject('bundle') } : { code }
  const named = histories.map((history, i) => ({ workflowId: `history-${i}`, history }))
  const found: string[] = []
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle, dataConverter: dataConverter(testKeys) },
    named,
  )
  for await (const { error } of results) if (error) found.push(error.name)
  return found
}

/** Lengths in ms of the timers that wait for a code to expire: the longest of a history. */
const longestTimer = (history: History): number =>
  Math.max(
    0,
    ...(history.events ?? []).map(
      (event) => Number(event.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? 0) * 1000,
    ),
  )
const differsFrom = (lifetime: number, history: History): boolean => {
  const longest = longestTimer(history)
  return longest > 0 && (longest > lifetime || longest < lifetime - 5_000)
}

const recorded = (): History[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8'))))

describe('histories replay', () => {
  it('those of this run', async () => {
    const histories: History[] = []
    for (const [name, live] of Object.entries(lives)) {
      const handle = stage.handleOf(await live())
      await handle.result()
      const history = await handle.fetchHistory()
      histories.push(history)
      if (process.env['RECORD_HISTORIES']) writeFileSync(join(folder, `${name}.json`), historyToJSON(history))
    }
    expect(await failures(histories)).toEqual([])
  })

  it('those that were recorded', async () => {
    expect(recorded().length).toBeGreaterThanOrEqual(Object.keys(lives).length)
    expect(await failures(recorded())).toEqual([])
  })

  it('and a planted change of their order is found', async () => {
    const code = readFileSync(inject('bundle'), 'utf8')
    const swapped = code.replace(/\w+\.proxyLocalActivities\(/, (call) => call.replace('Local', ''))
    expect(swapped).not.toBe(code)
    expect(await failures(recorded(), swapped)).toEqual(recorded().map(() => 'DeterminismViolationError'))
  })
})

describe('R27 the recorded timers', () => {
  it('are 48 hours long, and a planted 24 is found', () => {
    const timed = recorded().filter((history) => longestTimer(history) > hour)
    expect(timed.length).toBeGreaterThanOrEqual(3)
    expect(timed.filter((history) => differsFrom(codeLifetime, history))).toEqual([])
    expect(timed.filter((history) => differsFrom(24 * hour, history))).toEqual(timed)
  })
})
