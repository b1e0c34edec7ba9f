/** What an operator writes into the environment, right and wrong. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readApiConfig, readWorkerConfig } from '../../runtime/config.ts'
import { addressOf, connectionTo } from '../../runtime/temporal-connection.ts'

const root = join(import.meta.dirname, '../..')
const keys = `k1:${Buffer.alloc(32).toString('base64')}`
const shared = {
  CODE_KEYS: keys,
  PAYLOAD_KEYS: keys,
  TEMPORAL_ADDRESS: 'temporal:7233',
  PUBLIC_URL: 'https://hgrip.example.cn',
}
const worker = {
  ...shared,
  WORKER_DATABASE_URL: 'postgresql://hgrip_worker:x@postgres/hgrip',
  REPOSITORIES_URL: 'https://repositories.example.cn',
  REPOSITORIES_TOKEN: 'x',
  REPORT_URL: 'https://report.example.cn',
  REPORT_TOKEN: 'x',
  SMTP_URL: 'smtps://mail.example.cn',
}
const api = {
  ...shared,
  API_DATABASE_URL: 'postgresql://hgrip_api:x@postgres/hgrip',
  OIDC_ISSUER: 'https://identity.example.cn',
  OIDC_CLIENT_ID: 'hgrip',
  OIDC_CLIENT_SECRET: 'x',
}
const pem = (of: string) => `-----BEGIN ${of}-----\nAAAA\n-----END ${of}-----\n`

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'value')
  writeFileSync(file, text)
  return file
}

describe('a blank variable is one that is not set', () => {
  const optional = ['IDENTITY_URL', 'IDENTITY_TOKEN', 'MAIL_FROM', 'WORKFLOW_BUNDLE', 'SWEEP_SECONDS']
  it.each([...optional, 'WORKER_HEALTH_PORT', 'TEMPORAL_TLS', 'TEMPORAL_TLS_CA', 'LOG_LEVEL'])(
    '%s= and “ ” (worker)',
    (name) => {
      for (const blank of ['', ' '])
        expect(readWorkerConfig({ ...worker, [name]: blank })).toEqual(readWorkerConfig(worker))
    },
  )
  it.each(['READS_PER_MINUTE', 'REPORT_SYSTEM_URL', 'TRUSTED_PROXIES', 'HASH_KEY_ID', 'SITE_ID', 'PAGES'])(
    '%s= (API)',
    (name) => expect(readApiConfig({ ...api, [name]: '' })).toEqual(readApiConfig(api)),
  )
  it('a required one is named as missing', () => {
    expect(() => readApiConfig({ ...api, OIDC_CLIENT_ID: '' })).toThrow(
      /^Configuration is wrong: OIDC_CLIENT_ID: /,
    )
  })
})

describe('NAME_FILE', () => {
  it('holds the value of NAME, without the line break at its end', () => {
    const { REPORT_TOKEN: _, ...others } = worker
    expect(readWorkerConfig({ ...others, REPORT_TOKEN_FILE: fileWith('secret\n') }).REPORT_TOKEN).toBe(
      'secret',
    )
  })
  it('a file that cannot be read is named, and the missing value is not named a second time', () => {
    const { CODE_KEYS: _, ...others } = api
    expect(() => readApiConfig({ ...others, CODE_KEYS_FILE: '/nowhere' })).toThrow(
      /^Configuration is wrong: CODE_KEYS_FILE: ENOENT \/nowhere$/,
    )
  })
  it('beside NAME is refused', () => {
    expect(() => readApiConfig({ ...api, CODE_KEYS_FILE: fileWith(keys) })).toThrow('not both')
  })
})

describe('TLS to Temporal', () => {
  it('is off without a word of it', () =>
    expect(addressOf(readApiConfig(api))).toEqual({ address: 'temporal:7233' }))
  it('is on with TEMPORAL_TLS, with the authorities that Node trusts', () =>
    expect(addressOf(readApiConfig({ ...api, TEMPORAL_TLS: 'true' }))).toEqual({
      address: 'temporal:7233',
      tls: {},
    }))
  it('is on with a CA, and with a certificate of our own', () => {
    const config = readWorkerConfig({
      ...worker,
      TEMPORAL_TLS_CA_FILE: fileWith(pem('CERTIFICATE')),
      TEMPORAL_TLS_CERT: pem('CERTIFICATE'),
      TEMPORAL_TLS_KEY: pem('PRIVATE KEY'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example.cn',
    })
    expect(addressOf(config).tls).toEqual({
      serverRootCACertificate: Buffer.from(pem('CERTIFICATE').trim()),
      clientCertPair: { crt: Buffer.from(pem('CERTIFICATE')), key: Buffer.from(pem('PRIVATE KEY')) },
      serverNameOverride: 'temporal.example.cn',
    })
  })
  it.each([
    [{ TEMPORAL_TLS_CERT: pem('CERTIFICATE') }, 'TEMPORAL_TLS_CERT: needs TEMPORAL_TLS_KEY'],
    [{ TEMPORAL_TLS_KEY: pem('PRIVATE KEY') }, 'TEMPORAL_TLS_CERT: needs TEMPORAL_TLS_KEY'],
    [{ TEMPORAL_TLS_CA: '/etc/ssl/ca.pem' }, 'TEMPORAL_TLS_CA: PEM'],
    [{ TEMPORAL_TLS: 'maybe' }, 'TEMPORAL_TLS: '],
  ])('%j is refused', (given, said) => expect(() => readApiConfig({ ...api, ...given })).toThrow(said))
  it('goes through no proxy of the environment', () =>
    expect(connectionTo(readApiConfig(api)).channelArgs).toMatchObject({ 'grpc.enable_http_proxy': 0 }))
})

it('an address of the list of accounts without its token is refused, and the other way round', () => {
  expect(() => readWorkerConfig({ ...worker, IDENTITY_URL: 'https://identity.example.cn' })).toThrow(
    'IDENTITY_TOKEN',
  )
  expect(() => readWorkerConfig({ ...worker, IDENTITY_TOKEN: 'x' })).toThrow('IDENTITY_URL')
})

describe('a process whose configuration is wrong says so in one line, without a stack, and ends with 1', () => {
  it.each([
    ['worker/main.ts', { ...worker, SMTP_URL: 'mail.example.cn' }, 'SMTP_URL: '],
    [
      'worker/main.ts',
      { ...worker, WORKFLOW_BUNDLE: '/nowhere.js' },
      'WORKFLOW_BUNDLE: there is no such file',
    ],
    ['api/main.ts', { ...api, PORT: '70000', CODE_KEYS: 'very-secret' }, 'PORT: '],
    ['migrations/migrate.ts', {}, 'MIGRATE_DATABASE_URL: '],
  ])('%s', (script, env, said) => {
    const { PATH } = process.env
    const ended = spawnSync(process.execPath, [script], {
      cwd: root,
      env: { ...env, PATH },
      encoding: 'utf8',
    })
    expect(ended.status).toBe(1)
    expect(ended.stderr.trim().split('\n')).toEqual([expect.stringContaining(said)])
    expect(ended.stdout + ended.stderr).not.toContain('very-secret')
  })
})
