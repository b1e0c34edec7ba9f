import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandHash, createOnce, findAnswer, keepAnswer } from '../../db/idempotency.ts'
import { inTransaction } from '../../db/connect.ts'
import type { Command } from '../../domain/backup/commands.ts'
import { refusal } from '../../domain/result.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, ownFile } from '../support/factories.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.close())

const link: Command = { type: 'linkFile', ...ownFile('9b4c8a52-3c1e-4f6a-8a4e-2f1f5d0c7e11') }

describe('what a key stands for', () => {
  it('is the same in every order of properties, and with what was left out', () => {
    const reversed = Object.fromEntries(Object.entries(link).reverse()) as Command
    expect(commandHash({ ...reversed, replaces: undefined } as Command)).toBe(commandHash(link))
    const edit: Command = {
      type: 'editBackup',
      name: 'n',
      contentTypes: ['wgs'],
      base: { name: 'a', contentTypes: [] },
    }
    const other: Command = {
      base: { contentTypes: [], name: 'a' },
      contentTypes: ['wgs'],
      name: 'n',
      type: 'editBackup',
    }
    expect(commandHash(other)).toBe(commandHash(edit))
  })
  it('is another one for another value, another order of a list, another proof', () => {
    const edit = (contentTypes: ('wgs' | 'array')[]): Command => ({
      type: 'editBackup',
      name: 'n',
      contentTypes,
    })
    const all = [
      commandHash(link),
      commandHash({ ...link, sampleCount: 51 }),
      commandHash(edit(['wgs', 'array'])),
      commandHash(edit(['array', 'wgs'])),
      commandHash({ type: 'enterCode', fileId: 'a', proof: 'one' }),
      commandHash({ type: 'enterCode', fileId: 'a', proof: 'two' }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('an answer under its key', () => {
  it('is found again, and refused to anything else', async () => {
    const { accountId } = await createDraft(database.owner)
    const command = { key: randomUUID(), accountId, hashKeyId: 'k', bodyHash: 'one' }
    await inTransaction(database.db, async (trx) => {
      expect(await findAnswer(trx, command)).toBeUndefined()
      await keepAnswer(trx, { ...command, answer: refusal('CODE_WRONG', { triesLeft: 4 }) })
    })
    await inTransaction(database.db, async (trx) => {
      expect(await findAnswer(trx, command)).toEqual(refusal('CODE_WRONG', { triesLeft: 4 }))
      expect(await findAnswer(trx, { ...command, bodyHash: 'two' })).toEqual(
        refusal('IDEMPOTENCY_KEY_REUSED'),
      )
    })
  })
  it('of a creation: one row, also when two ask at the same moment', async () => {
    const { accountId } = await createDraft(database.owner)
    const command = { key: randomUUID(), accountId, hashKeyId: 'k', bodyHash: 'one' }
    let made = 0
    const create = (bodyHash = 'one') =>
      inTransaction(database.db, (trx) =>
        createOnce(trx, { ...command, bodyHash }, () => Promise.resolve({ ok: true, id: `made ${++made}` })),
      )
    expect(await Promise.all([create(), create(), create()])).toEqual(
      Array(3).fill({ ok: true, id: 'made 1' }),
    )
    expect(await create('two')).toEqual(refusal('IDEMPOTENCY_KEY_REUSED'))
    expect(made).toBe(1)
  })
  it('a refused creation keeps nothing', async () => {
    const { accountId } = await createDraft(database.owner)
    const command = { key: randomUUID(), accountId, hashKeyId: 'k', bodyHash: 'one' }
    const refused = await inTransaction(database.db, (trx) =>
      createOnce(trx, command, () => Promise.resolve(refusal('PROJECT_NAME_TAKEN'))),
    )
    expect(refused).toEqual(refusal('PROJECT_NAME_TAKEN'))
    await inTransaction(database.db, async (trx) => expect(await findAnswer(trx, command)).toBeUndefined())
  })
})
