/** architecture.md “Rooms”: which room may import which, and what is said only in its own room. */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
type Source = { path: string; text: string }

const rooms = [
  'domain',
  'runtime',
  'db',
  'migrations',
  'activities',
  'workflows',
  'worker',
  'api',
  'web',
  'local',
  'tests',
] as const
type Room = (typeof rooms)[number]

/** What a room imports of ours, besides itself. `types`: only with `import type`. */
const allowed: Record<Room, { from: readonly string[]; types?: readonly string[] } | 'anything'> = {
  domain: { from: [] },
  runtime: { from: [] },
  db: { from: ['domain/'] },
  migrations: { from: [] },
  activities: { from: ['domain/', 'db/', 'runtime/'] },
  workflows: { from: ['domain/'], types: ['activities/'] },
  worker: { from: ['domain/', 'runtime/', 'db/', 'activities/', 'workflows/'] },
  api: {
    from: [
      'domain/',
      'db/',
      'runtime/',
      'workflows/backup/commands.ts',
      'workflows/backup/process.ts',
      'workflows/kit/process.ts',
    ],
  },
  web: { from: ['domain/', 'api/contracts/'] },
  local: 'anything',
  tests: 'anything',
}
/** Named exceptions, each with its reason. */
const exceptions: Record<string, readonly string[]> = {
  'migrations/migrate.ts': ['runtime/config.ts'], // the command reads its address; the dated files import nothing
}

/** Packages that only some files speak to. A folder ends with `/`. */
const only: { packages: readonly RegExp[]; in: readonly string[]; because: string }[] = [
  {
    packages: [/^kysely($|\/)/, /^pg($|\/)/],
    // attempts.ts: an advisory lock on a connection of its own (decision 002); the others arrange and look
    in: ['db/', 'migrations/', 'activities/attempts/attempt.ts', 'local/', 'tests/'],
    because: 'SQL is in db/ only',
  },
  {
    packages: [/^@temporalio\/client$/],
    // temporal-errors.ts sends nothing: it reads the client's error classes for temporal.ts
    in: ['api/process/', 'worker/', 'local/', 'tests/'],
    because: 'api/process/temporal.ts is the sole sender',
  },
  {
    packages: [/^@temporalio\/workflow$/],
    in: ['workflows/', 'tests/'],
    because: 'workflow code is in workflows/',
  },
  {
    packages: [/^node:/, /^@temporalio\/worker$/],
    in: [
      'runtime/',
      'db/',
      'migrations/',
      'activities/',
      'workflows/bundle.ts',
      'worker/',
      'api/',
      'web/',
      'local/',
      'tests/',
    ],
    because: 'rules and workflows are deterministic',
  },
]
const mayReExport = ['workflows/index.ts', 'activities/index.ts']
const aliases: Record<string, string> = {
  $domain: 'domain',
  $contracts: 'api/contracts',
  '#lib': 'web/src/lib',
  $lib: 'web/src/lib',
}

const roomOf = (path: string): Room | undefined => rooms.find((room) => path.startsWith(`${room}/`))
const isIn = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

type Import = { name: string; isType: boolean; isReExport: boolean; isStar: boolean }
type Said = { imports: Import[]; words: string[] }

/** What a file imports, and the impure words in it. */
function read({ path, text }: Source): Said {
  const scripts = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code).join('\n')
    : text
  const file = ts.createSourceFile(path.replace(/\.svelte$/, '.ts'), scripts, ts.ScriptTarget.Latest, true)
  const said: Said = { imports: [], words: [] }
  const importOf = (specifier: ts.Node | undefined, given: Partial<Import> = {}) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      said.imports.push({ name: specifier.text, isType: false, isReExport: false, isStar: false, ...given })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      importOf(node.moduleSpecifier, {
        isType: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
      })
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      importOf(node.moduleSpecifier, {
        isType: node.isTypeOnly,
        isReExport: true,
        isStar: node.exportClause === undefined,
      })
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      importOf(node.arguments[0])
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      importOf(node.argument.literal, { isType: true })
    else if (ts.isTaggedTemplateExpression(node) && /^sql\b/.test(node.tag.getText(file)))
      said.words.push('sql``')
    else if (ts.isNewExpression(node) && node.expression.getText(file) === 'Date' && !node.arguments?.length)
      said.words.push('new Date()')
    else if (ts.isPropertyAccessExpression(node)) {
      const name = node.getText(file)
      if (['Date.now', 'Math.random', 'performance.now'].includes(name)) said.words.push(name)
    } else if (
      ts.isIdentifier(node) &&
      ['process', 'crypto', 'fetch', 'setTimeout', 'setInterval'].includes(node.text)
    ) {
      const { parent } = node
      const isName = ts.isPropertyAccessExpression(parent) && parent.name === node
      if (!isName && !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent))
        said.words.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return said
}

/** Of ours: the path from the root; of others: undefined. */
function ownPath(from: string, name: string): string | undefined {
  if (name.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), name))
  const [first = '', ...rest] = name.split('/')
  const alias = aliases[first]
  return alias && posix.join(alias, ...rest)
}

/** Everything in these files that architecture.md “Rooms” does not allow. */
function offences(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { path } = source
    const room = roomOf(path)
    if (!room) return []
    const { imports, words } = read(source)
    const found: string[] = []
    const mine = allowed[room]
    for (const one of imports) {
      const own = ownPath(path, one.name)
      if (one.isReExport && (one.isStar || !mayReExport.includes(path)))
        found.push(`${path} re-exports ${one.name}`)
      if (own === undefined) {
        if (room === 'domain') found.push(`${path} imports ${one.name}: rules import nothing`)
        for (const rule of only)
          if (rule.packages.some((form) => form.test(one.name)) && !isIn(path, rule.in) && room !== 'domain')
            found.push(`${path} imports ${one.name}: ${rule.because}`)
        continue
      }
      if (mine === 'anything' || own.startsWith(`${room}/`)) {
        // The contracts run in the browser too: they drag nothing of the API along.
        if (path.startsWith('api/contracts/') && !own.startsWith('api/contracts/'))
          found.push(`${path} imports ${own}: contracts know only rules`)
        continue
      }
      if (path.startsWith('api/contracts/') && !own.startsWith('domain/'))
        found.push(`${path} imports ${own}: contracts know only rules`)
      else if (
        !isIn(own, [...mine.from, ...(exceptions[path] ?? [])]) &&
        !(one.isType && isIn(own, mine.types ?? []))
      )
        found.push(`${path} imports ${own}: not from ${room}/`)
    }
    if (room === 'domain')
      found.push(...words.map((word) => `${path} says ${word}: rules have no clock and no random`))
    else if (words.includes('sql``') && !isIn(path, only[0]?.in ?? []))
      found.push(`${path} says sql\`\`: SQL is in db/ only`)
    return found
  })
}

const skipped = /(^|\/)(node_modules|\.svelte-kit|build|paraglide|\.local)(\/|$)/
const everything = (): Source[] =>
  rooms
    .flatMap((room) =>
      globSync(`${room}/**/*.{ts,mts,js,mjs,svelte}`, { cwd: root, exclude: (path) => skipped.test(path) }),
    )
    .filter((path) => !skipped.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

describe('the rooms', () => {
  it('import only what they may', () => {
    const sources = everything()
    // every room was read
    expect([...new Set(sources.map(({ path }) => roomOf(path)))].sort()).toEqual([...rooms].sort())
    expect(sources.some(({ path }) => path.endsWith('.svelte'))).toBe(true)
    expect(offences(sources)).toEqual([])
  })

  // A test that cannot fail is a defect: each of these must be found.
  it.each([
    ['domain/a.ts', `import { z } from 'zod'`],
    ['domain/a.ts', `import { sha256 } from '../runtime/keys.ts'`],
    ['domain/a.ts', `import { randomUUID } from 'node:crypto'`],
    ['domain/a.ts', `import type { Db } from '../db/connect.ts'`],
    ['domain/a.ts', `export const at = Date.now()`],
    ['domain/a.ts', `export const at = new Date().getTime()`],
    ['domain/a.ts', `export const at = new Date`],
    ['domain/a.ts', `export const n = Math.random()`],
    ['domain/a.ts', `export const n = process.env.N`],
    ['domain/a.ts', `export const n = crypto.randomUUID()`],
    ['domain/a.ts', `export * from './b.ts'`],
    ['runtime/a.ts', `import { tidy } from '../domain/text.ts'`],
    ['db/a.ts', `import { keyring } from '../runtime/keys.ts'`],
    ['db/a.ts', `import type { Deps } from '../activities/deps.ts'`],
    ['migrations/2026-12-01-01-more.ts', `import { tidy } from '../domain/text.ts'`],
    ['migrations/2026-12-01-01-more.ts', `import { readMigrateConfig } from '../runtime/config.ts'`],
    ['activities/a.ts', `import { sql } from 'kysely'`],
    ['activities/a.ts', `import type { Selectable } from 'kysely'`],
    ['activities/a.ts', `import pg from 'pg'`],
    ['activities/a.ts', 'await sql`select 1`.execute(db)'],
    ['activities/a.ts', 'await sql<{ n: number }>`select 1`.execute(db)'],
    ['activities/a.ts', `import * as m from '../workflows/backup/commands.ts'`],
    ['activities/a.ts', `export { record } from './record.ts'`],
    ['activities/index.ts', `export * from './record.ts'`],
    ['workflows/a.ts', `import { createActivities } from '../activities/index.ts'`],
    ['workflows/a.ts', `import { type Activities } from '../activities/index.ts'`],
    ['workflows/a.ts', `import type { Db } from '../db/connect.ts'`],
    ['workflows/a.ts', `import { createHash } from 'node:crypto'`],
    ['worker/a.ts', `import { mount } from '../api/http/mount.ts'`],
    ['worker/a.ts', `import { sql } from 'kysely'`],
    ['api/a.ts', `import { backup } from '../workflows/backup/workflow.ts'`],
    ['api/a.ts', `import { record } from '../activities/record.ts'`],
    ['api/a.ts', `import { Client } from '@temporalio/client'`],
    ['api/routes/a.ts', `import type { Client } from '@temporalio/client'`],
    ['api/routes/a.ts', 'await sql`select 1`.execute(trx)'],
    ['api/routes/a.ts', `const { sql } = await import('kysely')`],
    ['api/contracts/a.ts', `import { problem } from '../problems.ts'`],
    ['api/contracts/a.ts', `import { listFiles } from '../../db/files.ts'`],
    ['web/src/routes/+page.server.ts', `import { listProjects } from '../../../db/projects.ts'`],
    [
      'web/src/routes/+page.svelte',
      `<p>1</p><script lang="ts">import { mount } from '../../../api/mount.ts'</script>`,
    ],
    ['web/src/lib/a.ts', `import { problem } from '$contracts/../problems.ts'`],
    ['web/src/lib/a.ts', `type Row = import('../../../db/tables.ts').Tables`],
    ['tests/support/all.ts', `export * from './stage.ts'`],
  ])('finds in %s: %s', (path, text) => {
    expect(offences([{ path, text }])).toHaveLength(1)
  })
  it.each([
    [
      'domain/a.ts',
      `import { tidy } from './text.ts'\nexport const at = (now: number) => new Date(now)\n// Date.now()`,
    ],
    ['domain/a.ts', `export const text = 'Math.random() in process, import { z } from "zod"'`],
    ['db/a.ts', "import { sql } from 'kysely'\nimport { tidy } from '../domain/text.ts'\nsql`select 1`"],
    ['activities/attempts/attempt.ts', `import pg from 'pg'\nimport { beginAttempt } from '../db/owed.ts'`],
    ['activities/index.ts', `export { record } from './record.ts'`],
    [
      'workflows/a.ts',
      `import type { Activities } from '../activities/index.ts'\nimport { proxyActivities } from '@temporalio/workflow'`,
    ],
    [
      'api/process/temporal.ts',
      `import { Client } from '@temporalio/client'\nimport * as m from '../workflows/backup/commands.ts'`,
    ],
    ['api/contracts/a.ts', `import { z } from 'zod'\nimport { tidy } from '../../domain/text.ts'`],
    [
      'web/src/lib/a.ts',
      `import { contract } from '$contracts/files.ts'\nimport { owed } from '$domain/backup/owed.ts'\nimport { page } from '#lib/a.ts'`,
    ],
    ['local/a.ts', `import { sql } from 'kysely'\nimport { mount } from '../api/http/mount.ts'`],
  ])('finds nothing in %s: %s', (path, text) => {
    expect(offences([{ path, text }])).toEqual([])
  })
})
