/**
 * Every address, credential and limit comes from the environment, read once at the start of a process.
 * `readConfig` throws one Error whose message names each wrong variable in one line.
 */
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65535)
const key = z.string().min(1)
/** `id:base64,id:base64`, 32 bytes each; the first one is used for new things, all of them for old ones. */
const keyring = z
  .string()
  .regex(/^[\w-]+:[A-Za-z0-9+/]{43}=(,[\w-]+:[A-Za-z0-9+/]{43}=)*$/, 'id:base64 of 32 bytes')

/** Name of the identity provider in our rows; stays when its address changes. */
const provider = key.default('hgrg')

const temporal = {
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s:]+:\d+$/, 'host:port'),
  TEMPORAL_NAMESPACE: key.default('hgrip'),
  TEMPORAL_TASK_QUEUE: key.default('backups'),
  PAYLOAD_KEYS: keyring,
}
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

const workerSchema = z.object({
  ...shared,
  ...temporal,
  /** Role hgrip_worker. */
  WORKER_DATABASE_URL: z.url(),
  /** Loopback port for /healthz of the worker; 0 = any. */
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
  WORKFLOW_BUNDLE: z.string().optional(),
  SWEEP_SECONDS: z.coerce.number().positive().default(30),
  /** How long a row may wait before the sweep reloads its workflow. */
  SWEEP_GRACE_SECONDS: z.coerce.number().positive().default(10),
  OIDC_PROVIDER: provider,
  /** The identity provider's list of accounts (R6); without it the worker does not poll. */
  IDENTITY_URL: z.url().optional(),
  IDENTITY_TOKEN: key.optional(),
  ACCOUNTS_POLL_SECONDS: z.coerce.number().positive().default(60),
})

const apiShape = z.object({
  ...shared,
  ...temporal,
  /** The key of CODE_KEYS that makes the hashes of requests; without it the last one (decision 003). */
  HASH_KEY_ID: key.optional(),
  /** Role hgrip_api. */
  API_DATABASE_URL: z.url(),
  PORT: port.default(4000),
  HOST: key.default('127.0.0.1'),
  /** `elsewhere`: another process serves the pages and asks this one (`npm run dev`). */
  PAGES: z.enum(['here', 'elsewhere']).default('here'),
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
const apiSchema = apiShape.refine(
  ({ CODE_KEYS, HASH_KEY_ID }) =>
    HASH_KEY_ID === undefined || CODE_KEYS.split(',').some((part) => part.startsWith(`${HASH_KEY_ID}:`)),
  { path: ['HASH_KEY_ID'], error: 'not in CODE_KEYS' },
)

const migrateSchema = z.object({
  /** Role hgrip_migrate, owner of the tables. */
  MIGRATE_DATABASE_URL: z.url(),
})

export type WorkerConfig = z.infer<typeof workerSchema>
export type ApiConfig = z.infer<typeof apiSchema>
export type MigrateConfig = z.infer<typeof migrateSchema>

export const readWorkerConfig = (env: NodeJS.ProcessEnv = process.env): WorkerConfig =>
  read(workerSchema, env)
export const readApiConfig = (env: NodeJS.ProcessEnv = process.env): ApiConfig => read(apiSchema, env)
export const readMigrateConfig = (env: NodeJS.ProcessEnv = process.env): MigrateConfig =>
  read(migrateSchema, env)

function read<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const result = schema.safeParse(env)
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Configuration is wrong: ${wrong.join('; ')}`)
}
