/** All stand-ins of a data folder as one process: `node local/stand-ins.ts --data-dir=…`. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCodecServer } from './codec-server.ts'
import { readSettings } from './settings.ts'
import { openAccounts } from './stand-ins/accounts.ts'
import { startControl } from './stand-ins/control.ts'
import { openFaults } from './stand-ins/faults.ts'
import type { Listening } from './stand-ins/http.ts'
import { startIdentity } from './stand-ins/identity.ts'
import { openInbox } from './stand-ins/inbox.ts'
import { startMail } from './stand-ins/mail.ts'
import { startReportSystem } from './stand-ins/report-system.ts'
import { startRepositories } from './stand-ins/repositories.ts'
import { startSms } from './stand-ins/sms.ts'
import { openWorld } from './world.ts'

export async function startStandIns(dataDir: string): Promise<Pick<Listening, 'close'>> {
  const { ports, secrets, publicUrl } = readSettings(dataDir)
  const folder = join(dataDir, 'stand-ins')
  const inbox = openInbox(join(folder, 'inbox.jsonl'))
  const world = openWorld(process.env.WORLD_DIR || undefined)
  const accounts = openAccounts(world, folder)
  const faults = openFaults(join(folder, 'faults.json'))
  const identity = await startIdentity({
    port: ports.identity,
    accounts,
    publicUrl,
    clientSecret: secrets.oidcClientSecret,
    token: secrets.tokens.identity,
    jwks: secrets.jwks,
    cookieKeys: secrets.cookieKeys,
  })
  const repositories = await startRepositories({
    port: ports.repositories,
    token: secrets.tokens.repositories,
    journal: join(folder, 'lookups.jsonl'),
    world,
    faults,
  })
  const report = await startReportSystem({
    port: ports.report,
    token: secrets.tokens.report,
    folder,
    faults,
    filingsUrl: `${publicUrl}/api/v1/filings`,
    filingsToken: secrets.tokens.filings,
  })
  const mail = await startMail({ port: ports.mail, password: secrets.tokens.mail, inbox, faults })
  const sms = await startSms({ port: ports.sms, token: secrets.tokens.sms, inbox, faults })
  const codec = await startCodecServer({
    port: ports.codec,
    uiPort: ports.temporalUi,
    keys: secrets.payloadKeys,
  })
  const temporalWeb = process.env.WORKFLOWS_URL
  const links = { product: publicUrl, ...(temporalWeb && { temporalWeb }) }
  const control = await startControl({
    port: ports.control,
    links,
    world,
    accounts,
    faults,
    inbox,
    identity,
    repositories,
    report,
  })
  return {
    close: async () => {
      await Promise.all(
        [control, codec, sms, mail, report, repositories, identity].map((server) => server.close()),
      )
      inbox.close()
    },
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } })
  const standIns = await startStandIns(values['data-dir'] ?? '.local')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void standIns.close().finally(() => process.exit(0)))
  }
}
