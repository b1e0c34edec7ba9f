/** R59 what an error carries beside its message and stack is never logged: Postgres puts what was typed there. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, inject, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** Of the row that Postgres refuses, and of fields that libraries hang on their errors. */
const typed = { value: 'typed-value-7391', field: 'extra-field-5520', nested: 'nested-field-8842' }

/** Runs in a process of its own, since a log writes to standard output; real errors of Postgres. */
const program = `
  import pg from 'pg'
  import { createLog } from './runtime/log.ts'
  import { temporalLogger } from './worker/temporal-log.ts'
  const [address, value, field, nested] = process.argv.slice(1)
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  await client.query('create temp table refused (word text primary key check (length(word) < 3))')
  const checked = await client.query('insert into refused values ($1)', [value]).catch((error) => error)
  const inside = await client.query(\`do $do$ begin execute 'insert into refused values (''\${value}'')'; end $do$\`).catch((error) => error)
  await client.end()
  const extra = Object.assign(new Error('extra'), { query: field, parameters: [field], where: field, detail: field, response: { body: field } })
  const caused = new Error('outer', { cause: checked })
  const deep = new Error('outermost', { cause: new Error('outer', { cause: Object.assign(new Error('inner'), { detail: nested }) }) })
  const many = new AggregateError([Object.assign(new Error('one of many'), { detail: nested })], 'many')
  const thrown = { detail: nested, message: nested }
  for (const name of ['api', 'worker']) {
    const log = createLog('debug', name)
    for (const to of [log, log.child({ requestId: 'r' })])
      for (const error of [checked, inside, extra, caused, deep, many, thrown]) {
        to.error({ err: error }, 'in err')
        to.warn({ error }, 'in error')
        if (error instanceof Error) to.error(error)
        if (error instanceof Error) to.error(error, 'with words')
      }
    const temporal = temporalLogger(log)
    for (const error of [checked, inside, extra, caused, deep, many, thrown])
      for (const level of ['error', 'warn', 'info', 'debug'])
        temporal[level]('from Temporal', { workflowId: 'w', error, details: field, input: { typed: field } })
    log.warn({ error: 'only words' }, 'words')
  }
  console.error(JSON.stringify({ detail: checked.detail, where: inside.where, code: checked.code }))
`

let lines: string[]
let carried: { detail: string; where: string; code: string }
beforeAll(async () => {
  const args = ['--input-type=module', '-e', program, inject('postgres').hgrip_migrate]
  const child = spawn(process.execPath, [...args, ...Object.values(typed)], { cwd: root })
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  lines = out.split('\n').filter((line) => line !== '')
  carried = JSON.parse(errors) as typeof carried
})

describe('R59 an error in the log', () => {
  it('really carried what was typed', () => {
    expect(carried.detail).toContain(typed.value)
    expect(carried.where).toContain(typed.value)
    expect(lines.length).toBe(2 * (2 * (7 * 2 + 6 * 2) + 7 * 3 + 1)) // Temporal’s own debug lines are left out
  })

  it.each(Object.entries(typed))('shows nothing of it: %s', (_, secret) => {
    expect(lines.filter((line) => line.includes(secret))).toEqual([])
  })

  it('shows what it is, its code and where, also of its causes', () => {
    const parsed = lines.map((line) => JSON.parse(line) as { msg?: string; err?: Shown; error?: unknown })
    type Shown = { type: string; message?: string; code?: string; stack?: string; cause?: Shown }
    const inErr = parsed.filter(({ msg }) => msg === 'in err').map(({ err }) => err)
    expect(inErr[0]?.code).toBe(carried.code)
    expect(inErr[0]?.stack).toContain(' at ')
    expect(inErr.map((err) => err?.cause?.cause?.message)).toContain('inner')
    expect(Object.keys(inErr[0] ?? {}).sort()).toEqual(['code', 'message', 'stack', 'type'])
    expect(parsed.find(({ msg }) => msg === 'words')?.error).toBe('only words')
  })
})
