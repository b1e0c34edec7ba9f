/** `node api/main.ts`: the web process. It starts without Temporal and without the identity provider. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '../db/connect.ts'
import { proveKeys } from '../db/key-canaries.ts'
import { configOrEnd, noAccountsList, readApiConfig } from '../runtime/config.ts'
import { endWith } from '../runtime/end.ts'
import { canariesOf, keyring } from '../runtime/keys.ts'
import { createLog } from '../runtime/log.ts'
import { shareApi } from './contracts/in-process.ts'
import { createApp } from './http/app.ts'
import { connectIdentity } from './sign-in/identity.ts'
import { readiness } from './http/readiness.ts'
import { createWebServer, loadPages, missing, stopServer } from './http/server.ts'
import { createKnown } from './process/known.ts'
import { connectBackups } from './process/temporal.ts'

const config = configOrEnd(readApiConfig)
const log = createLog(config.LOG_LEVEL, 'api')
const { db } = connect(config.API_DATABASE_URL, { max: 20 })
const backups = connectBackups(config, log)

const { PAYLOAD_KEYS, CODE_KEYS } = config
const proven = proveKeys(db, canariesOf({ PAYLOAD_KEYS, CODE_KEYS }), (err) =>
  log.warn({ err }, 'the keys cannot be proved yet'),
).catch(endWith)
// Without a database the pages say so; the keys are proved as soon as it answers.
await Promise.race([proven, pause(5_000, undefined, { ref: false })])

shareApi((request, address) =>
  app.fetch(request, { inProcess: true, ...(address !== undefined && { address }) }),
)

const folder = config.PAGES_FOLDER ?? fileURLToPath(new URL('../web/build', import.meta.url))
const pages = config.PAGES === 'here' ? await loadPages(join(folder, 'handler.js')) : undefined
const hasPages = pages !== undefined || config.PAGES === 'elsewhere'
if (!hasPages) log.error(missing)
const warnings = config.IDENTITY_URL === undefined ? [noAccountsList] : []
for (const warning of warnings) log.warn(warning)

const app = createApp({
  config,
  log,
  db,
  codeKeys: keyring(config.CODE_KEYS, config.HASH_KEY_ID),
  identity: connectIdentity(config),
  backups,
  known: createKnown(),
  readiness: readiness({ db, process: backups.process, hasPages: () => hasPages, warnings }),
})
const server = createWebServer(app, pages, {
  publicUrl: config.PUBLIC_URL,
  trustedProxies: config.TRUSTED_PROXIES,
})
server.listen(config.PORT, config.HOST, () => {
  log.info({ address: server.address(), url: config.PUBLIC_URL }, 'listening')
})

let stopping = false
async function stop(signal: string): Promise<void> {
  if (stopping) return
  stopping = true
  log.info({ signal }, 'stopping')
  await stopServer(server)
  await Promise.all([db.destroy(), backups.close()])
  log.info('stopped')
  process.exit(0)
}
process.on('SIGTERM', (signal) => void stop(signal))
process.on('SIGINT', (signal) => void stop(signal))
