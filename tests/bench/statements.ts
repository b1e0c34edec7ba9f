/**
 * Which statements Postgres executed, from its log with log_statement = all: begin, set_config and commit are counted,
 * what functions and foreign keys do inside is not. Switched on for a few lives only, since writing the log costs time.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import pg from 'pg'

export type Statement = { user: string; database: string; text: string }
/** `messages`: what a client sent and waited for; several statements may come in one. */
export type Counted = { statements: number; messages: number; byUser: Record<string, number> }

const head = /^\[hgrip-bench (\S*) (\S*)\] ([A-Z0-9]+): {2}(.*)$/
const executed = /^(?:statement|execute [^:]*): (.*)$/

export function parseLog(text: string): Statement[] {
  const found: Statement[] = []
  let current: Statement | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('\t')) {
      if (current) current.text += `\n${line.slice(1)}`
      continue
    }
    current = undefined
    const [, user = '', database = '', level, message = ''] = head.exec(line) ?? []
    const statement = level === 'LOG' ? executed.exec(message)?.[1] : undefined
    if (statement === undefined) continue
    current = { user, database, text: statement }
    found.push(current)
  }
  return found
}

/** How many statements a text holds: parts between semicolons, outside of quotes and comments. */
export function countStatements(text: string): number {
  const plain = text
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/"(?:[^"]|"")*"/g, '""')
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  return plain.split(';').filter((part) => part.trim() !== '').length
}

export function count(statements: readonly Statement[]): Counted {
  const sum = (some: readonly Statement[]) =>
    some.reduce((total, { text }) => total + countStatements(text), 0)
  const byUser = Map.groupBy(statements, ({ user }) => user)
  return {
    statements: sum(statements),
    messages: statements.length,
    byUser: Object.fromEntries([...byUser].map(([user, some]) => [user, sum(some)])),
  }
}

export type Listening = {
  /** What was executed in the product's database while `work` ran. */
  during: <T>(work: () => Promise<T>) => Promise<{ result: T; statements: Statement[] }>
  stop: () => Promise<void>
}

export async function listen(url: string, logFile: string, database = 'hgrip'): Promise<Listening> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const settings = {
    log_statement: 'all',
    log_line_prefix: '[hgrip-bench %u %d] ',
    log_parameter_max_length: '0',
  }
  const say = async (statement: (name: string, value: string) => string) => {
    for (const [name, value] of Object.entries(settings)) await client.query(statement(name, value))
    await client.query('select pg_reload_conf()')
    // Each backend reads its settings again before its next statement, once the signal has reached it.
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  await say((name, value) => `alter system set ${name} = '${value}'`)
  return {
    async during(work) {
      const from = statSync(logFile).size
      const result = await work()
      const statements = parseLog(readFrom(logFile, from)).filter((each) => each.database === database)
      return { result, statements }
    },
    async stop() {
      await say((name) => `alter system reset ${name}`)
      await client.end()
    },
  }
}

function readFrom(file: string, from: number): string {
  const bytes = Buffer.alloc(statSync(file).size - from)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes, 0, bytes.length, from)
  } finally {
    closeSync(handle)
  }
  return bytes.toString()
}
