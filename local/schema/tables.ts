/** The tables as types for Kysely, in camel case, from the catalogue. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

type Column = {
  table: string
  name: string
  type: string
  isNullable: boolean
  hasDefault: boolean
  isAlways: boolean
}

/** The text of `db/tables.ts`. Throws at a type that it does not know, and at a special column that is not there. */
export async function tablesTs(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<Column>(`
    select relname as table, attname as name, format_type(atttypid, null) as type, not attnotnull as "isNullable",
      atthasdef or attidentity <> '' as "hasDefault", attidentity = 'a' as "isAlways"
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely\\_%'
    order by relname, attnum`)
  const special = specialColumns()
  const missing = [...special].filter((key) => !rows.some(({ table, name }) => key === `${table}.${name}`))
  if (missing.length > 0)
    throw new Error(`db/columns.ts has columns that are not there: ${missing.join(', ')}`)
  const tables = [...Map.groupBy(rows, ({ table }) => table)].map(([table, columns]) =>
    [
      `  ${camelCase(table)}: {`,
      ...columns.map((column) => `    ${camelCase(column.name)}: ${typeOf(column, special)}`),
      '  }',
    ].join('\n'),
  )
  return `${heading}\nexport type Tables = {\n${tables.join('\n')}\n}\n`
}

const heading = `/** Written by \`npm run schema\` from the migrated database; a test holds it equal. Numerics are strings, times are Dates. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Columns } from './columns.ts'

/** Read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null, string | null>
`

/** The keys of `Columns`. */
function specialColumns(): ReadonlySet<string> {
  const text = readFileSync(join(import.meta.dirname, '../../db/columns.ts'), 'utf8')
  return new Set([...text.matchAll(/^ {2}'(\w+\.\w+)':/gm)].map(([, key = '']) => key))
}

const types: Readonly<Record<string, string>> = {
  bigint: 'string',
  boolean: 'boolean',
  bytea: 'Buffer',
  date: 'string',
  integer: 'number',
  numeric: 'string',
  smallint: 'number',
  text: 'string',
  'text[]': 'string[]',
  'timestamp with time zone': 'Date',
  uuid: 'string',
}

function typeOf(column: Column, special: ReadonlySet<string>): string {
  const key = `${column.table}.${column.name}`
  const plain = special.has(key) ? `Columns['${key}']` : types[column.type]
  if (plain === undefined) throw new Error(`${key} is ${column.type}, which has no type here`)
  const read = column.isNullable ? `${plain} | null` : plain
  if (column.type === 'jsonb') return column.isNullable ? `NullableJson<${plain}>` : `Json<${plain}>`
  if (column.isAlways) return `GeneratedAlways<${read}>`
  return column.hasDefault ? `Generated<${read}>` : read
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
