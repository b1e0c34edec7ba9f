/** The outside world of one test file: the stand-ins, in process, on ports of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFaults } from '../../local/stand-ins/faults.ts'
import { openInbox } from '../../local/stand-ins/inbox.ts'
import { SMTP_USER, startMail } from '../../local/stand-ins/mail.ts'
import { startReportSystem } from '../../local/stand-ins/report-system.ts'
import { startRepositories } from '../../local/stand-ins/repositories.ts'
import { openWorld } from '../../local/world.ts'

const token = 'test'

export async function startOutside() {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-outside-'))
  const faults = openFaults(join(folder, 'faults.json'))
  const inbox = openInbox(join(folder, 'inbox.jsonl'))
  const repositories = await startRepositories({
    port: 0,
    token,
    journal: join(folder, 'lookups.jsonl'),
    world: openWorld(undefined),
    faults,
  })
  const report = await startReportSystem({
    port: 0,
    token,
    folder,
    faults,
    filingsUrl: 'http://127.0.0.1:9/',
    filingsToken: token,
  })
  const mail = await startMail({ port: 0, password: token, inbox, faults })
  return {
    faults,
    inbox,
    report,
    lookups: repositories.lookups,
    /** How many senders wait for the mail server. */
    mailsHanging: mail.hanging,
    /** For the worker's configuration. */
    environment: {
      REPOSITORIES_URL: `http://127.0.0.1:${repositories.port}`,
      REPOSITORIES_TOKEN: token,
      REPORT_URL: `http://127.0.0.1:${report.port}`,
      REPORT_TOKEN: token,
      SMTP_URL: `smtp://${SMTP_USER}:${token}@127.0.0.1:${mail.port}`,
    },
    /** The codes mailed to this address, newest first. */
    codesTo: (email: string): string[] =>
      inbox
        .newestFirst()
        .filter((message) => message.to === email)
        .map((message) => /您的验证码为：(\d{6})/.exec(message.text)?.[1] ?? 'no code'),
    async close() {
      await Promise.all([repositories.close(), report.close(), mail.close()])
      inbox.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
