import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { clearFolder } from '../../local/data-folder.ts'
import { explain } from '../../local/explain.ts'
import { tryLock } from '../../local/lock.ts'
import { endLeftover } from '../../local/processes.ts'
import { keepSettings } from '../../local/settings.ts'
import { openJournal } from '../../local/stand-ins/journal.ts'
import { folderForTest } from './folder.ts'

afterEach(() => vi.unstubAllEnvs())

async function takePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('settings', () => {
  test('are made once and kept', async () => {
    for (const name of ['PORT', 'CONTROL_PORT', 'TEMPORAL_UI_PORT']) vi.stubEnv(name, '0')
    const folder = folderForTest()
    const first = await keepSettings(folder)
    const second = await keepSettings(folder)
    expect(second).toEqual(first)
    expect(new Set(Object.values(first.ports)).size).toBe(Object.keys(first.ports).length)
  })

  test.each(['PORT', 'CONTROL_PORT', 'TEMPORAL_UI_PORT'])(
    '%s in use: one line names the port and the variable',
    async (name) => {
      for (const variable of ['PORT', 'CONTROL_PORT', 'TEMPORAL_UI_PORT']) vi.stubEnv(variable, '0')
      const port = await takePort()
      vi.stubEnv(name, String(port))
      const error = await keepSettings(folderForTest()).catch((reason: unknown) => reason)
      const line = explain(error)
      expect(line).toContain(String(port))
      expect(line).toContain(name)
      expect(line).not.toContain('\n')
    },
  )

  test('a kept port that another process took moves', async () => {
    for (const name of ['PORT', 'CONTROL_PORT', 'TEMPORAL_UI_PORT']) vi.stubEnv(name, '0')
    const folder = folderForTest()
    const first = await keepSettings(folder)
    const taken = await takePort()
    writeFileSync(join(folder, 'ports.json'), JSON.stringify({ ...first.ports, postgres: taken }))
    expect((await keepSettings(folder)).ports.postgres).not.toBe(taken)
  })
})

test('npm start says in one line that a port is taken, and ends with 1', async () => {
  const port = await takePort()
  const env = {
    ...process.env,
    DATA_DIR: folderForTest(),
    PORT: String(port),
    CONTROL_PORT: '0',
    TEMPORAL_UI_PORT: '0',
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['local/start.ts'], {
    env,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain(`PORT=${port + 1}`)
  expect(stdout).not.toContain('Error')
})

describe('a journal', () => {
  test('drops a line that was cut off by a kill, and goes on behind the last whole one', () => {
    const file = join(folderForTest(), 'journal.jsonl')
    const journal = openJournal<{ n: number }>(file)
    journal.add({ n: 1 })
    journal.close()
    appendFileSync(file, '{"n":2,"x')
    const again = openJournal<{ n: number }>(file)
    again.add({ n: 3 })
    again.close()
    expect(again.entries).toEqual([{ n: 1 }, { n: 3 }])
    expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n{"n":3}\n')
  })
})

describe('a lock', () => {
  test('has one owner at a time', () => {
    const folder = join(folderForTest(), 'lock')
    const lock = tryLock(folder, 'node')
    expect(tryLock(folder, 'node')).toBeUndefined()
    lock?.release()
    expect(tryLock(folder, 'node')).toBeDefined()
  })

  test('of a dead or foreign process is taken over', () => {
    const folder = join(folderForTest(), 'lock')
    mkdirSync(folder)
    writeFileSync(join(folder, 'owner'), String(spawnSync('true').pid))
    expect(tryLock(folder, 'node')).toBeDefined()
    expect(tryLock(folder, 'no such program')).toBeDefined()
  })
})

test('only a process that names our folder is ended', async () => {
  expect(await endLeftover(process.pid, folderForTest(), 'SIGTERM')).toBe(false)
})

test('--fresh leaves a folder alone that npm start did not fill', () => {
  const folder = folderForTest()
  writeFileSync(join(folder, 'letter.txt'), 'mine')
  expect(() => clearFolder(folder)).toThrow(folder)
  expect(existsSync(join(folder, 'letter.txt'))).toBe(true)
  writeFileSync(join(folder, 'secrets.json'), '{}')
  clearFolder(folder)
  expect(existsSync(join(folder, 'letter.txt'))).toBe(false)
})

test('npm start says in one line that the data are of an earlier version, names --fresh and touches nothing', () => {
  const folder = folderForTest()
  mkdirSync(join(folder, 'logs'))
  mkdirSync(join(folder, 'postgres'))
  for (const file of ['secrets.json', 'postgres/passwords.json']) writeFileSync(join(folder, file), '{}')
  const contents = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).map(
      (entry) =>
        `${join(entry.parentPath, entry.name)} ${statSync(join(entry.parentPath, entry.name)).mtimeMs}`,
    )
  const before = contents()
  const env = { ...process.env, DATA_DIR: folder, PORT: '0', CONTROL_PORT: '0', TEMPORAL_UI_PORT: '0' }
  const start = spawnSync(process.execPath, ['local/start.ts'], { env, encoding: 'utf8', timeout: 30_000 })
  expect(start.status).toBe(1)
  expect(start.stdout).toBe('')
  expect(start.stderr.trim().split('\n')).toEqual([expect.stringContaining('npm start -- --fresh')])
  const files = (all: string[]) => all.filter((line) => !/^\S+\/(logs|postgres) /.test(line))
  expect(files(contents())).toEqual(files(before))
})

test.each([
  [
    Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: '/data/x' }),
    'disk is full (/data/x)',
  ],
  [Object.assign(new Error('EROFS: read-only'), { code: 'EROFS', path: '/data' }), 'DATA_DIR'],
  [new Error('initdb: error: could not write: No space left on device'), 'disk is full'],
  [new Error('first line\nsecond line'), 'first line'],
])('%s in one line', (error, expected) => {
  expect(explain(error)).toContain(expected)
  expect(explain(error)).not.toContain('\n')
})
