/** What each process is told; the names are those of runtime/config.ts. */
import { join } from 'node:path'
import type { Settings } from './settings.ts'
import { CLIENT_ID } from './stand-ins/identity.ts'
import { SMTP_USER } from './stand-ins/mail.ts'
import { NAMESPACE } from './temporal.ts'

export interface Backends {
  settings: Settings
  databaseUrl: (role: 'hgrip_migrate' | 'hgrip_api' | 'hgrip_worker') => string
  temporalAddress: string
  workflowBundle: string
  /** Folder of the built pages; undefined when another process serves them. */
  pages: string | undefined
}

type Environment = Record<string, string>

const onLoopback = (port: number): string => `http://127.0.0.1:${port}`

/** Undefined when we did not start Temporal and TEMPORAL_UI_URL does not say where its Web is. */
export function temporalWebUrl({ ports }: Settings): string | undefined {
  if (process.env.TEMPORAL_ADDRESS) return process.env.TEMPORAL_UI_URL
  return `http://localhost:${ports.temporalUi}`
}

/** Where people begin to read: the list of workflows. */
export function workflowsUrl(settings: Settings): string | undefined {
  const web = temporalWebUrl(settings)
  return web && `${web}/namespaces/${process.env.TEMPORAL_NAMESPACE || NAMESPACE}/workflows`
}

export function migrateEnvironment({ databaseUrl }: Pick<Backends, 'databaseUrl'>): Environment {
  return { MIGRATE_DATABASE_URL: databaseUrl('hgrip_migrate') }
}

export function standInsEnvironment(settings: Settings): Environment {
  const workflows = workflowsUrl(settings)
  return workflows === undefined ? {} : { WORKFLOWS_URL: workflows }
}

/** What `node` runs as the worker, as docker-compose.yml says it too. */
export const WORKER = ['--import', './worker/no-call-stacks.ts', 'worker/main.ts']

export function workerEnvironment(backends: Backends): Environment {
  const { ports, secrets } = backends.settings
  return {
    ...sharedEnvironment(backends),
    WORKER_DATABASE_URL: backends.databaseUrl('hgrip_worker'),
    WORKER_HEALTH_PORT: String(ports.workerHealth),
    WORKFLOW_BUNDLE: backends.workflowBundle,
    AUDIT_DIR: join(backends.settings.dataDir, 'audit'),
    IDENTITY_TOKEN: secrets.tokens.identity,
    REPOSITORIES_URL: onLoopback(ports.repositories),
    REPOSITORIES_TOKEN: secrets.tokens.repositories,
    REPORT_URL: onLoopback(ports.report),
    REPORT_TOKEN: secrets.tokens.report,
    SMTP_URL: `smtp://${SMTP_USER}:${secrets.tokens.mail}@127.0.0.1:${ports.mail}`,
  }
}

export function apiEnvironment(backends: Backends): Environment {
  const { ports, secrets } = backends.settings
  const issuer = `http://localhost:${ports.identity}`
  return {
    ...sharedEnvironment(backends),
    API_DATABASE_URL: backends.databaseUrl('hgrip_api'),
    PORT: String(ports.api),
    ...(backends.pages !== undefined && { PAGES_FOLDER: backends.pages }),
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: secrets.oidcClientSecret,
    FILINGS_TOKEN: secrets.tokens.filings,
    REPORT_SYSTEM_URL: `${issuer}/`,
  }
}

/** `npm run dev`: the pages have the public port and a process of their own; the API is behind them. */
export function devApiEnvironment(backends: Backends): Environment {
  const { ports } = backends.settings
  return { ...apiEnvironment(backends), PORT: String(ports.apiBehindPages), PAGES: 'elsewhere' }
}

export function devPagesEnvironment({ ports }: Settings): Environment {
  const issuer = `http://localhost:${ports.identity}`
  return {
    NODE_ENV: 'development',
    API_ORIGIN: onLoopback(ports.apiBehindPages),
    OIDC_ISSUER: issuer,
    REPORT_SYSTEM_URL: `${issuer}/`,
  }
}

function sharedEnvironment({ settings, temporalAddress }: Backends): Environment {
  const { ports, secrets, publicUrl } = settings
  return {
    NODE_ENV: 'production',
    PUBLIC_URL: publicUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: process.env.TEMPORAL_NAMESPACE || NAMESPACE,
    PAYLOAD_KEYS: secrets.payloadKeys,
    CODE_KEYS: secrets.codeKeys,
    IDENTITY_URL: `http://localhost:${ports.identity}`,
  }
}
