/**
 * How many messages a command sends to Postgres, each one round trip: lock and load · facts · write and commit. And how many
 * statements, begin and commit included.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Call } from '../../activities/call.ts'
import type { Deps } from '../../activities/deps.ts'
import { linkFile } from '../../activities/backup/link-file.ts'
import { look, record } from '../../activities/record.ts'
import { custodian, system } from '../../domain/actor.ts'
import { connect } from '../../db/connect.ts'
import type { Command, CommandOf, CommandType } from '../../domain/backup/commands.ts'
import { minute } from '../../domain/times.ts'
import { codeOf, typedProof } from '../../runtime/codes.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, type Draft, othersFile } from '../support/factories.ts'
import { countMessages } from '../support/messages.ts'

let database: TestDatabase
let outside: ReturnType<typeof createDeps>
let own: ReturnType<typeof connect>
let messages: ReturnType<typeof countMessages>
let deps: Deps
let draft: Draft
beforeAll(async () => {
  database = await createDatabase()
  own = connect(database.url('hgrip_worker'), { max: 2 })
  messages = countMessages(own.pool)
  outside = createDeps({ ...database, db: own.db })
  deps = outside.deps
  draft = await createDraft(database.owner)
})
afterAll(async () => {
  await outside.close()
  await own.db.destroy()
  await database.close()
})

const now = Math.ceil(Date.now() / minute) * minute
const [fileId, otherId] = [randomUUID(), randomUUID()]
const call = <C extends Command>(command: C, at = now): Call<C> => ({
  ...{ backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now: at },
  command,
})
const itsOwn = <C extends Command>(command: C): Call<C> => ({ ...call(command), key: null, actor: system })
const link = (id: string, accession: string, confirmDuplicate = false) =>
  call({ type: 'linkFile', ...othersFile(id), accession, confirmDuplicate })
const code = () => codeOf(deps.codeKeys, 'test', fileId, 1)
const entered = (typed: string) =>
  call({ type: 'enterCode', fileId, proof: typedProof(deps.codeKeys, 'test', fileId, typed) })

/** In the order of a life: each is accepted, and changes the backup, unless it says otherwise. */
const life: [string, number, number, () => Promise<unknown>][] = [
  ['a first look', 1, 1, () => look(deps, draft.id, now)],
  ['a look at what was seen', 1, 1, () => look(deps, draft.id, now)],
  ['editBackup', 2, 5, accepted(() => call({ type: 'editBackup', name: '新', contentTypes: ['wgs'] }))],
  [
    'editBackup that changes nothing',
    2,
    5,
    accepted(() => call({ type: 'editBackup', name: '新', contentTypes: ['wgs'] })),
  ],
  ['linkFile, with the dry run', 2 + 3, 2 + 7, () => linkFile(deps, link(fileId, 'HRA000567'))],
  ['linkFile, refused in the dry run', 2 + 3, 2 + 6, () => linkFile(deps, link(otherId, 'HRA000567'))],
  ['linkFile, transaction alone', 3, 7, accepted(() => link(otherId, 'HRA000568'))],
  ['recordCheck', 2, 5, accepted(() => itsOwn({ type: 'recordCheck', fileId: otherId, answer: 'match' }))],
  ['sendCode', 3, 7, accepted(() => call({ type: 'sendCode', fileId }))],
  ['recordAcceptance', 2, 5, accepted(() => itsOwn({ type: 'recordAcceptance', fileId, generation: 1 }))],
  ['enterCode, wrong', 3, 7, refused(() => entered(String((Number(code()) + 1) % 1e6).padStart(6, '0')))],
  ['enterCode, right', 3, 7, accepted(() => entered(code()))],
  [
    'editFile',
    2,
    5,
    accepted(() => call({ type: 'editFile', fileId, sampleCount: 51, mbPerSample: '0.125' })),
  ],
  ['submit, refused', 2, 4, refused(() => call({ type: 'submit' }))],
  ['removeFile', 2, 5, accepted(() => call({ type: 'removeFile', fileId: otherId }))],
  ['submit, with its number', 3, 7, accepted(() => call({ type: 'submit' }))],
  ['recordSync', 2, 5, accepted(() => itsOwn({ type: 'recordSync', version: 1 }))],
  [
    'editFile as an amendment',
    3,
    6,
    accepted(() => call({ type: 'editFile', fileId, sampleCount: 52, mbPerSample: '0.125' })),
  ],
]
function accepted<T extends CommandType>(said: () => Call<CommandOf<T>>) {
  return async () => expect((await record<T>(deps, said())).answer).toEqual({ ok: true })
}
function refused<T extends CommandType>(said: () => Call<CommandOf<T>>) {
  return async () => expect((await record<T>(deps, said())).answer.ok).toBe(false)
}

describe('a command costs so many messages', () => {
  it.each(life)('%s: %d, %d statements', async (_, most, statements, run) => {
    // The first time on a connection a statement is prepared, which costs no message.
    const cost = await messages.during(run)
    expect({ messages: cost.roundTrips, statements: cost.statements }).toEqual({ messages: most, statements })
  })
  it('and each is planned once for a connection: their texts are few', async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from pg_prepared_statements`.execute(own.db)
    expect(rows[0]?.count).toBeLessThan(40)
  })
})
