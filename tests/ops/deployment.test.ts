/** docker-compose.yml, Dockerfile and .dockerignore, as far as they can be checked without a container engine. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { WORKER } from '../../local/environment.ts'
import { variables } from '../../runtime/config.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

type Service = {
  command?: string[]
  environment?: Record<string, string | null>
  logging?: { options?: Record<string, string> }
  user?: string
  volumes?: string[]
}
type Compose = {
  services: Record<string, Service>
  networks: { default: { ipam: { config: [{ subnet: string }] } } }
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const service = (name: string): Service => {
  const found = compose.services[name]
  if (!found) throw new Error(`There is no service ${name}`)
  return found
}
/** What compose makes of a value when nothing is set: `${NAME:-default}` is its default. */
const unset = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-deployment-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('docker-compose.yml', () => {
  const names = Object.keys(variables) as (keyof typeof variables)[]
  it.each(names)('passes on every variable of %s, and its secrets also as files', (name) => {
    const passed = Object.keys(service(name).environment ?? {})
    // Served by this process here; and given by file only.
    const left = ['PAGES', 'PAGES_FOLDER', 'TEMPORAL_TLS_CA', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY']
    expect(
      variables[name].filter((variable) => !passed.includes(variable) && !left.includes(variable)),
    ).toEqual([])
    const secret = /_(TOKEN|KEYS|SECRET|DATABASE_URL)$|^SMTP_URL$/
    for (const variable of variables[name].filter((variable) => secret.test(variable)))
      expect(passed).toContain(`${variable}_FILE`)
    const seen = service(name).volumes?.map((volume) => volume.split(':').at(-2))
    expect(seen).toEqual(expect.arrayContaining(['/run/secrets', '/etc/hgrip/ca.pem']))
  })

  it('rotates the log of every service', () => {
    for (const { logging } of Object.values(compose.services))
      expect(logging?.options).toEqual({ 'max-size': '20m', 'max-file': '5' })
  })

  it('believes what the proxy on the host says of its callers: it comes from our own network', () => {
    const subnet = unset(compose.networks.default.ipam.config[0].subnet)
    expect(unset(service('api').environment?.['TRUSTED_PROXIES'] ?? '')).toBe(subnet)
    expect(ipaddr.parseCIDR(subnet)[0].range()).toBe('private')
  })

  it('hands a CA file on only when one is named', () => {
    for (const name of names)
      expect(service(name).environment?.['NODE_EXTRA_CA_CERTS']).toBe('${CA_FILE:+/etc/hgrip/ca.pem}')
    expect(
      spawnSync(process.execPath, ['-e', ''], { env: { NODE_EXTRA_CA_CERTS: '' }, encoding: 'utf8' }).stderr,
    ).toBe('')
  })

  describe('the WAL archive', () => {
    const settings = service('postgres').command ?? []
    const value = (name: string) =>
      settings.find((setting) => setting.startsWith(`${name}=`))?.slice(name.length + 1)
    /** As Postgres does it, with a folder of our own for /archive. */
    function archive(folder: string, segment: string, content: string): number | null {
      const file = join(folder, 'pg_wal')
      writeFileSync(file, content)
      const command = (value('archive_command') ?? 'false').replaceAll('/archive', folder)
      return spawnSync('sh', ['-c', command.replaceAll('%p', file).replaceAll('%f', segment)]).status
    }
    it('is on, and nothing waits longer than a minute', () => {
      expect([value('archive_mode'), value('archive_timeout')]).toEqual(['on', '60'])
      expect(service('postgres').volumes).toContain('${WAL_ARCHIVE:-archive}:/archive')
    })
    it('takes a segment once, the same one again, and never another under its name', () => {
      const folder = folderForTest()
      expect(archive(folder, '01', 'one')).toBe(0)
      expect(archive(folder, '01', 'one')).toBe(0)
      expect(archive(folder, '01', 'other')).not.toBe(0)
      expect(readFileSync(join(folder, '01'), 'utf8')).toBe('one')
      // A copy that was cut off is made anew.
      writeFileSync(join(folder, '02.new'), 'cut')
      expect(archive(folder, '02', 'two')).toBe(0)
      expect(readFileSync(join(folder, '02'), 'utf8')).toBe('two')
    })
  })

  describe('the script for the namespace', () => {
    const script = (service('temporal-namespace').command?.[0] ?? '').replaceAll('$$', '$')
    /** Runs it against a `temporal` that knows the namespace's attributes only after so many questions. */
    function run(patience: number, isThere = false): { status: number | null; created: string[] } {
      const folder = folderForTest()
      writeFileSync(
        join(folder, 'temporal'),
        `#!/bin/sh
          cd ${folder}
          case "$3" in
            describe) ${isThere} || [ -e namespace ] ;;
            list) echo . >> asked; [ $(wc -l < asked) -gt ${patience} ] && echo 'Stage Keyword' ;;
            create) if [ "$2" = namespace ]; then touch namespace; else echo "$7" >> created; fi ;;
          esac`,
      )
      writeFileSync(join(folder, 'sleep'), '#!/bin/sh\n')
      for (const name of ['temporal', 'sleep']) chmodSync(join(folder, name), 0o755)
      const { status } = spawnSync('/bin/sh', ['-euc', script], {
        env: { PATH: `${folder}:${process.env['PATH']}` },
      })
      const created = join(folder, 'created')
      return { status, created: existsSync(created) ? readFileSync(created, 'utf8').trim().split('\n') : [] }
    }
    const others = ['Unit', 'Project', 'Deadline', 'WaitingFor', 'Problem']
    it('waits for a namespace that was just made, and makes what is missing', () => {
      expect(run(3)).toEqual({ status: 0, created: others })
      expect(run(0, true)).toEqual({ status: 0, created: others })
    })
    it('gives up when nothing comes', () => expect(run(1_000).status).not.toBe(0))
  })
})

describe('the image', () => {
  const lines = read('Dockerfile').split('\n')
  it('holds every room that the processes in it read', () => {
    const copied = lines.flatMap((line) => /^COPY --from=build \/app\/(\w+) /.exec(line)?.[1] ?? [])
    const run = ['api', 'worker', 'ops', 'migrations', 'activities', 'workflows', 'db', 'runtime', 'domain']
    expect(copied).toEqual(expect.arrayContaining(run))
    const let_in = read('.dockerignore').split('\n')
    for (const room of run) expect(let_in).toContain(`!${room}`)
    for (const { command } of Object.values(compose.services)) {
      const files = command?.[0] === 'node' ? command.filter((part) => part.endsWith('.ts')) : []
      for (const file of files)
        expect(existsSync(join(root, file)) && copied).toContain(file.replace('./', '').split('/')[0])
    }
  })

  it('the worker is the one of `npm start`', () => {
    expect(service('worker').command).toEqual(['node', ...WORKER])
  })
  it('runs as a user whose number says that it is not root', () => {
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000'])
  })
  it('knows Temporal’s native library of this platform by its name', () => {
    const { stdout } = spawnSync('uname', ['-m'], { encoding: 'utf8' })
    const releases = readdirSync(join(root, 'node_modules/@temporalio/core-bridge/releases'))
    if (process.platform === 'linux') expect(releases).toContain(`${stdout.trim()}-unknown-linux-gnu`)
  })
})
