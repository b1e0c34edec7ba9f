/** The rooms (docs/architecture.md): .dependency-cruiser.js says who imports whom, eslint.config.js what is said where. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ESLint } from 'eslint'
import ts from 'typescript-eslint'
import { describe, expect, it, onTestFinished } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const CRUISER = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
const CONFIG = ['.dependency-cruiser.js', 'tsconfig.imports.json', 'tsconfig.json', 'package.json']

const ROOMS = [
  ...['activities', 'api', 'db', 'domain', 'local', 'migrations'],
  ...['ops', 'runtime', 'tests', 'web', 'worker', 'workflows'],
]

type Planted = readonly [path: string, text: string, rule: string]
type Cruised = {
  modules: { source: string }[]
  summary: { violations: { from: string; rule: { name: string } }[] }
}

/** What `npm run check:rooms` finds in a folder: `path rule`. */
async function cruise(folder: string): Promise<{ paths: string[]; found: string[] }> {
  const args = [CRUISER, '--output-type', 'json', '.']
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 100_000_000 })
  const { modules, summary } = JSON.parse(stdout) as Cruised
  const found = summary.violations.map(({ from, rule }) => `${from} ${rule.name}`)
  return { paths: modules.map(({ source }) => source), found }
}

/** A folder with these files and our configuration. */
function plant(files: Iterable<readonly [path: string, text: string]>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hgrip-rooms-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of CONFIG) cpSync(join(root, name), join(folder, name))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Without types: a planted file belongs to no project. */
const eslint = new ESLint({ cwd: root, overrideConfig: [ts.configs.disableTypeChecked] })
async function words(path: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, path) })
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId !== '@typescript-eslint/no-unused-vars')
    .map(({ ruleId }) => ruleId)
}

/** What the planted files import. */
const targets = [
  ...['domain/text.ts', 'domain/backup/state.ts', 'runtime/keys.ts', 'runtime/config.ts', 'db/connect.ts'],
  ...[
    'activities/index.ts',
    'activities/record.ts',
    'workflows/backup/workflow.ts',
    'workflows/backup/commands.ts',
  ],
  ...['api/http/mount.ts', 'api/contracts/files.ts', 'web/src/lib/a.ts', 'local/ports.ts'],
].map((path) => [path, 'export const a = 1\nexport type A = 1\n'] as const)

describe('who imports whom', () => {
  const planted: Planted[] = [
    ['domain/1.ts', `import { z } from 'zod'`, 'rules-have-no-library'],
    ['domain/2.ts', `import { randomUUID } from 'node:crypto'`, 'rules-have-no-library'],
    ['domain/3.ts', `import { a } from '../runtime/keys.ts'`, 'domain-imports'],
    ['domain/4.ts', `import type { A } from '../db/connect.ts'`, 'domain-imports'],
    ['runtime/1.ts', `import { a } from '../domain/text.ts'`, 'runtime-imports'],
    ['db/1.ts', `import { a } from '../runtime/keys.ts'`, 'db-imports'],
    ['db/2.ts', `import type { A } from '../activities/record.ts'`, 'db-imports'],
    ['migrations/1.ts', `import { a } from '../runtime/config.ts'`, 'migrations-imports'],
    ['migrations/migrate.ts', `import { a } from '../domain/text.ts'`, 'migrate-imports'],
    ['activities/1.ts', `import * as m from '../workflows/backup/commands.ts'`, 'activities-imports'],
    ['activities/2.ts', `import type { Selectable } from 'kysely'`, 'sql-is-in-db'],
    ['activities/3.ts', `import pg from 'pg'`, 'sql-is-in-db'],
    [
      'activities/4.ts',
      `import { proxyActivities } from '@temporalio/workflow'`,
      'workflow-code-is-in-workflows',
    ],
    ['workflows/1.ts', `import { a } from '../activities/index.ts'`, 'workflows-run-no-activity'],
    ['workflows/2.ts', `import type { A } from '../db/connect.ts'`, 'workflows-imports'],
    ['workflows/3.ts', `import { createHash } from 'node:crypto'`, 'workflows-are-deterministic'],
    ['workflows/4.ts', `import { Worker } from '@temporalio/worker'`, 'workflows-run-in-a-worker'],
    ['worker/1.ts', `import { a } from '../api/http/mount.ts'`, 'worker-imports'],
    ['ops/1.ts', `import { a } from '../activities/record.ts'`, 'ops-imports'],
    ['ops/2.ts', `import { sql } from 'kysely'`, 'sql-is-in-db'],
    ['worker/2.ts', `import { sql } from 'kysely'`, 'sql-is-in-db'],
    ['api/1.ts', `import { a } from '../workflows/backup/workflow.ts'`, 'api-imports'],
    ['api/2.ts', `import { a } from '../activities/record.ts'`, 'api-imports'],
    ['api/routes/1.ts', `import type { Client } from '@temporalio/client'`, 'one-sender'],
    ['api/routes/2.ts', `export const { sql } = await import('kysely')`, 'sql-is-in-db'],
    ['api/contracts/1.ts', `import { a } from '../http/mount.ts'`, 'contracts-know-only-rules'],
    ['web/src/1.ts', `import { a } from '../../db/connect.ts'`, 'web-imports'],
    ['web/src/2.ts', `import { a } from '$contracts/../http/mount.ts'`, 'web-imports'],
    ['web/src/3.ts', `export type Row = import('../../db/connect.ts').A`, 'web-imports'],
    ['web/src/4.ts', `import { a } from '#lib/nowhere.ts'`, 'every-import-is-found'],
    [
      'web/src/5.svelte',
      `<p>1</p><script lang="ts">import { a } from '../../api/http/mount.ts'</script>{a}`,
      'web-imports',
    ],
    [
      'web/src/6.svelte',
      `<script lang="ts">import { a } from '$domain/../runtime/keys.ts'</script>{a}`,
      'web-imports',
    ],
    ['tests/1.ts', `import { a } from './2.ts'`, 'no-circles'],
  ]
  const sound = [
    ['tests/2.ts', `import type { b } from './1.ts'`], // a circle is told once
    ['domain/a.ts', `import { a } from './text.ts'`],
    ['db/a.ts', `import { sql } from 'kysely'\nimport pg from 'pg'\nimport { a } from '../domain/text.ts'`],
    ['migrations/2.ts', `import { sql } from 'kysely'`],
    ['activities/attempts/attempt.ts', `import pg from 'pg'\nimport { a } from '../../db/connect.ts'`],
    [
      'workflows/a.ts',
      `import type { A } from '../activities/index.ts'\nimport { sleep } from '@temporalio/workflow'`,
    ],
    ['workflows/bundle.ts', `import { Worker } from '@temporalio/worker'\nimport 'node:path'`],
    [
      'api/process/temporal.ts',
      `import { Client } from '@temporalio/client'\nimport * as m from '../../workflows/backup/commands.ts'`,
    ],
    ['api/contracts/a.ts', `import { z } from 'zod'\nimport { a } from '../../domain/text.ts'`],
    [
      'web/src/a.svelte',
      `<script lang="ts">import { a } from '$domain/backup/state.ts'\nimport { a as b } from '$contracts/files.ts'</script>{a}{b}`,
    ],
    ['web/src/b.ts', `import { a } from '#lib/a.ts'\nimport { goto } from '$app/navigation'`],
    ['local/a.ts', `import { sql } from 'kysely'\nimport { a } from '../api/http/mount.ts'`],
  ] as const

  it('finds each planted offence, and nothing else', async () => {
    const files = [...targets, ...sound, ...planted.map(([path, text]) => [path, text] as const)]
    const { found } = await cruise(plant(files))
    expect(found.toSorted()).toEqual(planted.map(([path, , rule]) => `${path} ${rule}`).toSorted())
  })
  it('is kept in every room', async () => {
    const { paths, found } = await cruise(root)
    expect(found).toEqual([])
    // Every room was read, pages too.
    const rooms = new Set(paths.flatMap((path) => /^(\w+)\/.*\.(ts|svelte)$/.exec(path)?.[1] ?? []))
    expect([...rooms]).toEqual(expect.arrayContaining(ROOMS))
    expect(paths.some((path) => path.endsWith('.svelte'))).toBe(true)
  })
})

describe('what is said where', () => {
  it.each([
    ['domain/a.ts', `export const at = Date.now()`, 'no-restricted-properties'],
    ['domain/a.ts', `export const n = Math.random()`, 'no-restricted-properties'],
    ['domain/a.ts', `export const at = new Date().getTime()`, 'no-restricted-syntax'],
    ['domain/a.ts', `export const at = new Date`, 'no-restricted-syntax'],
    ['domain/a.ts', `export const n = process.env.N`, 'no-restricted-globals'],
    ['domain/a.ts', `export const n = crypto.randomUUID()`, 'no-restricted-globals'],
    ['domain/a.ts', `export * from './b.ts'`, 'no-restricted-syntax'],
    ['activities/a.ts', 'await sql<{ n: number }>`select 1`.execute(db)', 'no-restricted-syntax'],
    ['activities/a.ts', `export { record } from './record.ts'`, 'no-restricted-syntax'],
    ['activities/index.ts', `export * from './record.ts'`, 'no-restricted-syntax'],
    ['api/routes/a.ts', 'await sql`select 1`.execute(trx)', 'no-restricted-syntax'],
    ['tests/support/all.ts', `export * from './stage.ts'`, 'no-restricted-syntax'],
    [
      'workflows/a.ts',
      `import { type A } from '../activities/index.ts'\nexport const a: A = 1`,
      '@typescript-eslint/no-import-type-side-effects',
    ],
    [
      'web/src/a.svelte',
      `<script lang="ts">import type { A } from '../../db/connect.ts'\n</script>`,
      'no-restricted-imports',
    ],
    [
      'web/src/a.svelte',
      `<script lang="ts">import type { A } from '$domain/../db/connect.ts'\n</script>`,
      'no-restricted-imports',
    ],
    [
      'web/src/a.svelte',
      `<script lang="ts">import type { Selectable } from 'kysely'\n</script>`,
      'no-restricted-imports',
    ],
    [
      'web/src/a.svelte',
      `<script lang="ts">let a: import('../../db/connect.ts').A</script>{a}`,
      '@typescript-eslint/consistent-type-imports',
    ],
  ])('finds in %s: %s', async (path, text, rule) => {
    expect(await words(path, text)).toContain(rule)
  })
  it.each([
    ['domain/a.ts', `export const at = (now: number) => new Date(now)\n// Date.now()`],
    ['domain/a.ts', `export const text = 'Math.random() in process'`],
    ['db/a.ts', 'await sql`select 1`'],
    ['activities/index.ts', `export { record } from './record.ts'`],
  ])('finds nothing in %s: %s', async (path, text) => {
    expect((await words(path, text)).filter((rule) => rule?.startsWith('no-restricted'))).toEqual([])
  })
})
