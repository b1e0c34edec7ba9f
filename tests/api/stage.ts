/** The API of one test file on real servers: Postgres, Temporal, a worker, the identity stand-in. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../api/http/app.ts'
import { call, type Args } from '../../api/contracts/call.ts'
import type { Contract } from '../../api/contracts/contract.ts'
import type { App } from '../../api/deps.ts'
import { connectIdentity } from '../../api/sign-in/identity.ts'
import { readiness } from '../../api/http/readiness.ts'
import { createWebServer, stopServer } from '../../api/http/server.ts'
import { createKnown } from '../../api/process/known.ts'
import { connectBackups } from '../../api/process/temporal.ts'
import { connect } from '../../db/connect.ts'
import { findPort } from '../../local/ports.ts'
import { openAccounts } from '../../local/stand-ins/accounts.ts'
import { CLIENT_ID, PASSWORD, startIdentity } from '../../local/stand-ins/identity.ts'
import { openWorld } from '../../local/world.ts'
import { readApiConfig } from '../../runtime/config.ts'
import { keyring } from '../../runtime/keys.ts'
import { createLog } from '../../runtime/log.ts'
import { countMessages } from '../support/messages.ts'
import { startStage } from '../support/stage.ts'
import { Browser } from '../support/browser.ts'

export async function startApi() {
  const stage = await startStage()
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-api-'))
  const port = await findPort()
  const publicUrl = `http://localhost:${port}`
  const accounts = openAccounts(openWorld(undefined), folder)
  const secret = randomBytes(16).toString('hex')
  const filingsToken = randomBytes(16).toString('hex')
  const providerKey = signingKey()
  const startProvider = async (at: number) =>
    startIdentity({
      port: at,
      accounts,
      publicUrl,
      clientSecret: secret,
      token: secret,
      jwks: { keys: [providerKey] },
      cookieKeys: [secret],
      say: () => undefined,
    })
  const identityPort = await findPort()
  const identity = await startProvider(identityPort)
  const config = readApiConfig({
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    API_DATABASE_URL: stage.url('hgrip_api'),
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    TEMPORAL_ADDRESS: stage.config.TEMPORAL_ADDRESS,
    TEMPORAL_NAMESPACE: stage.config.TEMPORAL_NAMESPACE,
    TEMPORAL_TASK_QUEUE: stage.taskQueue,
    PAYLOAD_KEYS: stage.config.PAYLOAD_KEYS,
    CODE_KEYS: stage.config.CODE_KEYS,
    OIDC_ISSUER: `http://localhost:${identityPort}`,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: secret,
    FILINGS_TOKEN: filingsToken,
    // Tests wait by asking again; those of the limits set their own.
    READS_PER_MINUTE: '1000000',
    WRITES_PER_MINUTE: '1000000',
    ANONYMOUS_PER_MINUTE: '1000000',
    SIGN_INS_PER_MINUTE: '1000000',
  })
  const log = createLog(config.LOG_LEVEL, 'api')
  const { db, pool } = connect(config.API_DATABASE_URL)
  const messages = countMessages(pool)
  const backups = connectBackups(config, log)
  const deps = {
    config,
    log,
    db,
    codeKeys: keyring(config.CODE_KEYS, config.HASH_KEY_ID),
    identity: connectIdentity(config),
    backups,
    known: createKnown(),
    readiness: readiness({ db, process: backups.process, hasPages: () => true }),
  }
  const app = createApp(deps)
  // Listens, too: the identity provider ends sessions by calling us.
  const server = createWebServer(app, undefined, { publicUrl })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

  return {
    ...stage,
    app,
    deps,
    /** What the API says to Postgres. */
    messages,
    apiConfig: config,
    publicUrl,
    accounts,
    identity,
    issuer: config.OIDC_ISSUER,
    /** What the provider signs with. */
    providerKey,
    /** With which the report system sends filing numbers. */
    filingsToken,
    /** For the provider's list of accounts. */
    identityToken: secret,
    /** Signs in at the provider's own page, as a person would. */
    async signIn(login: string): Promise<Person> {
      const browser = new Browser(app, publicUrl)
      await browser.signIn(login, PASSWORD)
      return person(app, browser)
    },
    /** The same person at another API process. */
    at(other: App, { browser }: Person): Person {
      const second = new Browser(other, publicUrl)
      for (const [host, jar] of browser.cookies) second.cookies.set(host, jar)
      return person(other, second)
    },
    /** A person without a session. */
    stranger: () => person(app, new Browser(app, publicUrl)),
    async close() {
      await stopServer(server, 100)
      await identity.close()
      await backups.close()
      await db.destroy()
      await stage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type ApiStage = Awaited<ReturnType<typeof startApi>>

/** One person at the API: raw requests, and calls of contracts. */
function person(app: App, browser: Browser) {
  const request = (path: string, init: RequestInit = {}) => browser.request(path, init)
  return {
    browser,
    request,
    /** A write with a JSON body. */
    send: (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
      request(`/api/v1${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    call: <const C extends Contract>(contract: C, args: Args<C>) => call(request, contract, args),
    app,
  }
}
export type Person = ReturnType<typeof person>

/** Calls a contract and expects a success; returns its body. */
export async function done<const C extends Contract>(person: Person, contract: C, args: Args<C>) {
  const answer = await person.call(contract, args)
  if (!answer.ok) throw new Error(`${contract.method} ${contract.path}: ${JSON.stringify(answer)}`)
  return answer.body
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }
}

export const newProject = (name = `示例项目 ${randomUUID()}`) => ({
  name,
  leadName: '示例甲',
  leadEmail: 'a@example.cn',
  agreed: true,
})
