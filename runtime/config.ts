/**
 * Every address, credential and limit comes from the environment, read once at the start of a process. A blank variable
 * is one that is not set. `NAME_FILE` names a file that holds the value of NAME, so that a secret need not stand in the
 * environment. What is wrong is one Error whose message names each wrong variable in one line, and never a value.
 */
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { endWith } from './end.ts'

/** For `refine`: the one is of no use without the other. */
const bothOrNone = <A extends string, B extends string>(one: A, other: B) =>
  [
    (given: { [K in A | B]?: unknown }) => (given[one] === undefined) === (given[other] === undefined),
    { path: [one] as string[], error: `needs ${other}, and the other way round` },
  ] as const

const port = z.coerce.number().int().min(0).max(65535)
const key = z.string().min(1)
/** `id:base64,id:base64`, 32 bytes each; the first one is used for new things, all of them for old ones. */
const keyring = z
  .string()
  .regex(/^[\w-]+:[A-Za-z0-9+/]{43}=(,[\w-]+:[A-Za-z0-9+/]{43}=)*$/, 'id:base64 of 32 bytes')

const pem = z.string().startsWith('-----BEGIN ', 'PEM, or NAME_FILE with its file')

/** Name of the identity provider in our rows; stays when its address changes. */
const provider = key.default('hgrg')

const temporal = {
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s:]+:\d+$/, 'host:port'),
  TEMPORAL_NAMESPACE: key.default('hgrip'),
  TEMPORAL_TASK_QUEUE: key.default('backups'),
  /** TLS to Temporal; any of the four below asks for it too. */
  TEMPORAL_TLS: z.stringbool().default(false),
  /** PEM: who signed the server's certificate; without it those that Node trusts. */
  TEMPORAL_TLS_CA: pem.optional(),
  /** PEM: our own certificate and its key, where the server asks for one. */
  TEMPORAL_TLS_CERT: pem.optional(),
  TEMPORAL_TLS_KEY: pem.optional(),
  /** The name in the server's certificate, when it is not that of the address. */
  TEMPORAL_TLS_SERVER_NAME: key.optional(),
  PAYLOAD_KEYS: keyring,
}
/** The identity provider's list of accounts (R6); without it a disabled account keeps its sessions. */
const accountsList = { IDENTITY_URL: z.url().optional() }
export const noAccountsList =
  'IDENTITY_URL is not set: accounts that the identity provider disables keep their sessions until these end'

const shared = {
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  CODE_KEYS: keyring,
}

/** `address` or `address/bits`, separated by commas. */
const networks = z
  .string()
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'address or address/bits')))
const perMinute = z.coerce.number().int().positive()

const workerShape = z.object({
  ...shared,
  ...temporal,
  /** Role hgrip_worker. */
  WORKER_DATABASE_URL: z.url(),
  ...accountsList,
  /** Where /healthz of the worker listens; port 0 = any. */
  WORKER_HEALTH_HOST: key.default('127.0.0.1'),
  WORKER_HEALTH_PORT: port.default(0),
  /** Address of the pages, as people type it; goes into mails and into Temporal Web. */
  PUBLIC_URL: z.url(),
  REPOSITORIES_URL: z.url(),
  REPOSITORIES_TOKEN: key,
  REPORT_URL: z.url(),
  REPORT_TOKEN: key,
  /** smtp://user:password@host:port or smtps://… */
  SMTP_URL: z.url(),
  MAIL_FROM: key.default('人类遗传资源信息管理备份平台 <hgrip@big.ac.cn>'),
  /** Folder outside of the database in which the ends of the audit's chains are written down (R57). */
  AUDIT_DIR: key.optional(),
  AUDIT_CHECK_SECONDS: z.coerce.number().positive().default(3600),
  /** A prebuilt bundle (file); without it the worker makes one at its start. */
  WORKFLOW_BUNDLE: z.string().refine(existsSync, 'there is no such file').optional(),
  SWEEP_SECONDS: z.coerce.number().positive().default(30),
  /** How long a row may wait before the sweep reloads its workflow. */
  SWEEP_GRACE_SECONDS: z.coerce.number().positive().default(10),
  OIDC_PROVIDER: provider,
  IDENTITY_TOKEN: key.optional(),
  ACCOUNTS_POLL_SECONDS: z.coerce.number().positive().default(60),
})
const workerSchema = workerShape
  .refine(...bothOrNone('TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'))
  .refine(...bothOrNone('IDENTITY_URL', 'IDENTITY_TOKEN'))

const apiShape = z.object({
  ...shared,
  ...temporal,
  ...accountsList,
  /** The key of CODE_KEYS that makes the hashes of requests; without it the last one (decision 003). */
  HASH_KEY_ID: key.optional(),
  /** With which the report system sends filing numbers; without it none are taken (R38). */
  FILINGS_TOKEN: key.optional(),
  /** Role hgrip_api. */
  API_DATABASE_URL: z.url(),
  PORT: port.default(4000),
  HOST: key.default('127.0.0.1'),
  /** `elsewhere`: another process serves the pages and asks this one (`npm run dev`). */
  PAGES: z.enum(['here', 'elsewhere']).default('here'),
  /** Where the built pages are; without it web/build. */
  PAGES_FOLDER: key.optional(),
  PUBLIC_URL: z.url(),
  OIDC_PROVIDER: provider,
  OIDC_ISSUER: z.url(),
  OIDC_CLIENT_ID: key,
  OIDC_CLIENT_SECRET: key,
  /** General limits: of a signed-in account, of an address without a session, of sign-ins begun at an address. */
  READS_PER_MINUTE: perMinute.default(1200),
  WRITES_PER_MINUTE: perMinute.default(300),
  ANONYMOUS_PER_MINUTE: perMinute.default(1200),
  SIGN_INS_PER_MINUTE: perMinute.default(120),
  /** Proxies whose X-Forwarded-For is believed; for any other caller the address of the connection counts. */
  TRUSTED_PROXIES: networks.default([]),
  /** Where a person registers and asks for authorisation (人遗系统). */
  REPORT_SYSTEM_URL: z.url().default('https://www.hgrg.net/login'),
  /** Footer; hidden when empty. */
  SITE_OPERATOR: z.string().default(''),
  SITE_ID: z.string().default(''),
  ICP_FILING: z.string().default(''),
  PUBLIC_SECURITY_FILING: z.string().default(''),
})
const apiSchema = apiShape
  .refine(...bothOrNone('TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'))
  .refine(
    ({ CODE_KEYS, HASH_KEY_ID }) =>
      HASH_KEY_ID === undefined || CODE_KEYS.split(',').some((part) => part.startsWith(`${HASH_KEY_ID}:`)),
    { path: ['HASH_KEY_ID'], error: 'not in CODE_KEYS' },
  )

const migrateSchema = z.object({
  /** Role hgrip_migrate, owner of the tables. */
  MIGRATE_DATABASE_URL: z.url(),
})

/** What ops/after-restore.ts needs. */
const restoreSchema = z
  .object({
    MIGRATE_DATABASE_URL: z.url(),
    /** A server that has replayed the archived WAL to its end, when the restored one has stopped earlier. */
    ARCHIVE_DATABASE_URL: z.url().optional(),
    REPORT_URL: z.url(),
    REPORT_TOKEN: key,
    ...temporal,
  })
  .refine(...bothOrNone('TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'))

/** For the test that docker-compose.yml passes all of them on. */
export const variables = {
  api: Object.keys(apiShape.shape),
  worker: Object.keys(workerShape.shape),
  'after-restore': Object.keys(restoreSchema.shape),
  migrate: Object.keys(migrateSchema.shape),
}

export type WorkerConfig = z.infer<typeof workerSchema>
export type ApiConfig = z.infer<typeof apiSchema>
export type MigrateConfig = z.infer<typeof migrateSchema>
export type RestoreConfig = z.infer<typeof restoreSchema>

export const readWorkerConfig = (env: NodeJS.ProcessEnv = process.env): WorkerConfig =>
  read(workerSchema, env)
export const readApiConfig = (env: NodeJS.ProcessEnv = process.env): ApiConfig => read(apiSchema, env)
export const readMigrateConfig = (env: NodeJS.ProcessEnv = process.env): MigrateConfig =>
  read(migrateSchema, env)

export const readRestoreConfig = (env: NodeJS.ProcessEnv = process.env): RestoreConfig =>
  read(restoreSchema, env)

/** For the first statement of a process: what is wrong is one line, without a stack, and the process ends. */
export function configOrEnd<T>(readConfig: () => T): T {
  try {
    return readConfig()
  } catch (error) {
    return endWith(error)
  }
}

function read<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const given = Object.keys(schema.shape).map((name) => [name, valueOf(name, env)] as const)
  const unreadable = given.flatMap(([, value]) => (value instanceof Unreadable ? [value.message] : []))
  const result = schema.safeParse(Object.fromEntries(given.filter(([, value]) => typeof value === 'string')))
  if (result.success && unreadable.length === 0) return result.data
  const issues = result.error?.issues ?? []
  const wrong = issues
    .filter(({ path }) => !given.some(([name, value]) => name === path[0] && value instanceof Unreadable))
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Configuration is wrong: ${[...unreadable, ...wrong].join('; ')}`)
}

class Unreadable extends Error {}

function valueOf(name: string, env: NodeJS.ProcessEnv): string | undefined | Unreadable {
  const set = (variable: string) => (env[variable]?.trim() === '' ? undefined : env[variable])
  const [value, file] = [set(name), set(`${name}_FILE`)]
  if (file === undefined) return value
  if (value !== undefined) return new Unreadable(`${name}: set it or ${name}_FILE, not both`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    return new Unreadable(`${name}_FILE: ${(error as NodeJS.ErrnoException).code} ${file}`)
  }
}
