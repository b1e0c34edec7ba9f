/** Collects what a run left behind, as plain data: plain SQL, the stand-ins' pages, Temporal's raw answers, logs. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import pg from 'pg'
import { dataConverter } from '../../runtime/data-converter.ts'
import type { Product } from '../support/product.ts'
import type { Evidence, Lookup, Mail, Received, Said, Tables, Workflow } from './evidence.ts'
import type { FaultWorld } from './world.ts'

export const namespace = 'hgrip'
const bundle = join(import.meta.dirname, '../../workflows/bundle.js')
const statusNames = [
  'UNSPECIFIED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
]
const tables: Record<keyof Tables, string> = {
  accounts: 'id',
  projects: 'id',
  backups: 'id',
  data_files: 'id',
  consents: 'file_id',
  code_tries: 'project_id',
  commands: 'at',
  owed: 'key',
  numbers: 'number',
  number_counters: 'day',
  report_syncs: 'backup_id, version',
  audit: 'id',
  audit_heads: 'unit_id',
}

export type Seen = Pick<
  Evidence,
  'scale' | 'journal' | 'happened' | 'absences' | 'disabled' | 'settledMs'
> & {
  product: Product
  world: FaultWorld
  /** Every address that a client asked, also while signing in. */
  addresses: readonly string[]
}

/** Everything the checker needs, once the product has come to rest. */
export async function gather({ product, world, addresses, ...seen }: Seen): Promise<Evidence> {
  const connection = await Connection.connect({ address: temporalAddress(product.folder) })
  try {
    const listed = await listWorkflows(connection)
    for (const { workflow } of listed) workflow.attempt = await pendingAttempt(connection, workflow)
    const histories = await fetchHistories(connection, listed)
    const urls = { where: 'an address', text: [...new Set(addresses)].join('\n') }
    return {
      ...seen,
      gatheredAt: Date.now(),
      people: world.people,
      dataSets: world.dataSets,
      tables: await readTables(product),
      brokenChains: (
        await product.query<{ unit: string; seq: string | null }>(
          'select unit_id as unit, broken_audit(unit_id) as seq from audit_heads',
        )
      ).flatMap(({ unit, seq }) => (seq === null ? [] : [{ unit, seq: Number(seq) }])),
      received: await readReceived(product),
      lookups: (await (await fetch(`${product.urls.control}/lookups`)).json()) as Lookup[],
      inbox: ((await (await fetch(`${product.urls.control}/messages`)).json()) as Mail[]).reverse(),
      workflows: listed.map(({ workflow }) => workflow),
      replayFailures: await replay(product.folder, histories),
      publicTexts: [
        ...readLogs(product),
        ...listed.flatMap(({ workflow, raw }) => leaves(`list of workflows, ${workflow.workflowId}`, raw)),
        ...histories.flatMap(({ workflowId, history }) => leaves(`history of ${workflowId}`, history)),
        urls,
      ],
      databaseTexts: await readDatabaseTexts(product),
    }
  } finally {
    await connection.close()
  }
}

export const temporalAddress = (folder: string): string => {
  const ports = JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8')) as { temporal: number }
  return `127.0.0.1:${ports.temporal}`
}

async function readTables(product: Product): Promise<Tables> {
  const read: [string, unknown[]][] = []
  for (const [table, order] of Object.entries(tables)) {
    const rows = await product.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${table} t order by ${order}`,
    )
    read.push([table, rows.map(({ row }) => row)])
  }
  return Object.fromEntries(read) as Tables // the columns that evidence.ts names are there, or rules fail loudly
}

async function readDatabaseTexts(product: Product): Promise<Said[]> {
  const columns = await product.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
         and c.data_type in ('text', 'character varying', 'json', 'jsonb', 'ARRAY')`,
  )
  const said: Said[] = []
  for (const { table, column } of columns) {
    const name = `${pg.escapeIdentifier(table)}.${pg.escapeIdentifier(column)}`
    const rows = await product.query<{ text: string }>(
      `select ${name}::text as text from ${pg.escapeIdentifier(table)} where ${name} is not null`,
    )
    said.push({ where: `${table}.${column}`, text: rows.map(({ text }) => text).join('\n') })
  }
  return said
}

async function readReceived(product: Product): Promise<Received[]> {
  const reported = (await product.reported()) as { versions: Received[] }[]
  return reported.flatMap(({ versions }) => versions)
}

function readLogs(product: Product): Said[] {
  const files = globSync(['logs/*.log', 'postgres/*.log'], { cwd: product.folder })
  return [
    { where: 'what npm start says', text: product.output() },
    ...files.map((file) => ({ where: file, text: readFileSync(join(product.folder, file), 'utf8') })),
  ]
}

export async function listWorkflows(connection: Connection): Promise<{ workflow: Workflow; raw: unknown }[]> {
  const found: { workflow: Workflow; raw: unknown }[] = []
  let nextPageToken: Uint8Array | undefined
  do {
    const page = await connection.workflowService.listWorkflowExecutions({
      namespace,
      pageSize: 500,
      ...(nextPageToken && { nextPageToken }),
    })
    for (const raw of page.executions) {
      const { workflowId, runId } = raw.execution ?? {}
      if (!workflowId || !runId) continue
      const status = statusNames[Number(raw.status)] ?? '?'
      found.push({ workflow: { workflowId, runId, status, attempt: 0 }, raw })
    }
    nextPageToken = page.nextPageToken?.length > 0 ? page.nextPageToken : undefined
  } while (nextPageToken)
  return found
}

async function pendingAttempt(connection: Connection, { workflowId, runId }: Workflow): Promise<number> {
  const { pendingWorkflowTask } = await connection.workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId, runId },
  })
  return pendingWorkflowTask?.attempt ?? 0
}

/** Ids of workflows that run, for waiting until the product has come to rest. */
export async function runningWorkflows(product: Product): Promise<string[]> {
  const connection = await Connection.connect({ address: temporalAddress(product.folder) })
  try {
    const listed = await listWorkflows(connection)
    return listed.flatMap(({ workflow }) => (workflow.status === 'RUNNING' ? [workflow.workflowId] : []))
  } finally {
    await connection.close()
  }
}

type Fetched = { workflowId: string; history: History }

async function fetchHistories(
  connection: Connection,
  listed: readonly { workflow: Workflow }[],
): Promise<Fetched[]> {
  const client = new Client({ connection, namespace })
  const fetched: Fetched[] = []
  for (const { workflow } of listed) {
    const history = await client.workflow.getHandle(workflow.workflowId, workflow.runId).fetchHistory()
    fetched.push({ workflowId: workflow.workflowId, history })
  }
  return fetched
}

async function replay(folder: string, histories: readonly Fetched[]): Promise<Evidence['replayFailures']> {
  if (!existsSync(bundle) || histories.length === 0) return []
  const { payloadKeys } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as {
    payloadKeys: string
  }
  const converter = dataConverter(payloadKeys)
  // Decoded as always; what the replay says of itself stays readable.
  const payloadCodecs = (converter.payloadCodecs ?? []).map((codec) => ({
    encode: (payloads: Payload[]) => Promise.resolve(payloads),
    decode: (payloads: Payload[]) => codec.decode(payloads),
  }))
  const results = Worker.runReplayHistories(
    { workflowBundle: { codePath: bundle }, dataConverter: { ...converter, payloadCodecs } },
    histories,
  )
  const failures: Evidence['replayFailures'] = []
  for await (const { workflowId, error } of results)
    if (error) {
      const { history } = histories.find((one) => one.workflowId === workflowId) ?? { history: {} }
      failures.push({
        workflowId,
        error: `${error.name}: ${error.message}`,
        events: eventsOf(history),
        history: historyToJSON(history),
      })
    }
  return failures
}

/** One line for each event: number, kind, and what it names. */
function eventsOf(history: History): string[] {
  return (history.events ?? []).map((event) => {
    const entries: [string, unknown][] = Object.entries(event)
    const [kind, attributes] = entries.find(
      ([key, value]) => key.endsWith('EventAttributes') && value !== null,
    ) ?? ['?', {}]
    const names = leaves('', attributes)
      .flatMap(({ text }) => text.split('\n'))
      .filter((text) =>
        /activity_type|^(linkFile|sendCode|enterCode|submit|edit|remove|discard|reload)/.test(text),
      )
    return `${String(event.eventId)} ${kind.replace('EventAttributes', '')} ${names.join(' ')}`
  })
}

/** Every string and every byte string below a value; payloads as they are stored. */
function leaves(where: string, value: unknown): Said[] {
  const texts: string[] = []
  const visit = (inner: unknown): void => {
    if (typeof inner === 'string') texts.push(inner)
    else if (inner instanceof Uint8Array) texts.push(Buffer.from(inner).toString('utf8'))
    else if (inner !== null && typeof inner === 'object')
      for (const [key, one] of Object.entries(inner)) {
        texts.push(key)
        visit(one)
      }
  }
  visit(value)
  return [{ where, text: texts.join('\n') }]
}
