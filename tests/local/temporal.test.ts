import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { findTemporalServer, serverArguments } from '../../local/temporal.ts'
import { builtServer, isAtLeast } from '../../local/temporal-build.ts'
import { folderForTest } from './folder.ts'

afterEach(() => vi.unstubAllEnvs())

/** A folder with a program `temporal` that says it is this version. */
function fakeTemporal(server: string): string {
  const folder = folderForTest()
  const file = join(folder, 'temporal')
  writeFileSync(file, `#!/bin/sh\necho 'temporal version 0.0.0 (Server ${server}, UI 2.0.0)'\n`)
  chmodSync(file, 0o755)
  return folder
}

const quiet = () => undefined

test('TEMPORAL_ADDRESS comes first', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example.cn:7233')
  vi.stubEnv('TEMPORAL_CLI', '/nowhere')
  expect(await findTemporalServer(quiet)).toEqual({ address: 'temporal.example.cn:7233' })
})

test('TEMPORAL_CLI is taken when it is new enough, and an error that names it when not', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '')
  const recent = join(fakeTemporal('1.32.0'), 'temporal')
  vi.stubEnv('TEMPORAL_CLI', recent)
  expect(await findTemporalServer(quiet)).toEqual({ path: recent })
  vi.stubEnv('TEMPORAL_CLI', join(fakeTemporal('1.31.9'), 'temporal'))
  await expect(findTemporalServer(quiet)).rejects.toThrow(/TEMPORAL_CLI.*1\.31/)
  vi.stubEnv('TEMPORAL_CLI', '/nowhere/temporal')
  await expect(findTemporalServer(quiet)).rejects.toThrow('TEMPORAL_CLI=/nowhere/temporal')
})

test('a server that was built before needs no Go', async () => {
  const cache = folderForTest()
  for (const [name, value] of Object.entries({
    TEMPORAL_ADDRESS: '',
    TEMPORAL_CLI: '',
    XDG_CACHE_HOME: cache,
    PATH: '',
  }))
    vi.stubEnv(name, value)
  mkdirSync(join(cache, 'hgrip'))
  writeFileSync(builtServer(), '')
  expect(await findTemporalServer(quiet)).toEqual({ path: builtServer() })
})

test('without Go a new enough temporal on PATH is taken', async () => {
  const folder = fakeTemporal('1.33.1')
  const none = {
    TEMPORAL_ADDRESS: '',
    TEMPORAL_CLI: '',
    XDG_CACHE_HOME: folderForTest(),
    PATH: `${folder}:/bin`,
  }
  for (const [name, value] of Object.entries(none)) vi.stubEnv(name, value)
  expect(await findTemporalServer(quiet)).toEqual({ path: 'temporal' })
})

test.each([
  [[1, 32], [1, 32], true],
  [[1, 33], [1, 32], true],
  [[2, 0], [1, 32], true],
  [[1, 31], [1, 32], false],
  [[1, 26, 10], [1, 26, 8], true],
  [[1, 26], [1, 26, 8], false],
  [[], [1, 32], false],
])('%j is at least %j: %s', (version, oldest, expected) => {
  expect(isAtLeast(version, oldest)).toBe(expected)
})

test('a workflow task that failed is tried again as soon here as behind docker-compose', () => {
  const root = join(import.meta.dirname, '../..')
  const [, there] = /history\.workflowTaskRetryMaxInterval:\s+- value: (\S+)/.exec(
    readFileSync(join(root, 'docker-compose.yml'), 'utf8'),
  ) ?? ['', 'nothing']
  expect(serverArguments({ port: 1, uiPort: 2, codecPort: 3, database: 'x' })).toContain(
    `history.workflowTaskRetryMaxInterval="${there}"`,
  )
})
