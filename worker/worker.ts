import { Client, Connection } from '@temporalio/client'
import { NativeConnection, type WorkflowBundleOption } from '@temporalio/worker'
import { createAttempts } from '../activities/attempts/attempt.ts'
import type { Deps } from '../activities/deps.ts'
import { createActivities } from '../activities/index.ts'
import { mailer } from '../activities/ports/mail.ts'
import { reportSystem } from '../activities/ports/report-system.ts'
import { repositoryLookup } from '../activities/ports/repositories.ts'
import { connect, type Db } from '../db/connect.ts'
import { noAccountsList, type WorkerConfig } from '../runtime/config.ts'
import { dataConverter } from '../runtime/data-converter.ts'
import { keyring } from '../runtime/keys.ts'
import type { Logger } from '../runtime/log.ts'
import { addressOf, connectionTo } from '../runtime/temporal-connection.ts'
import { trouble } from '../workflows/backup/commands.ts'
import { startAccounts, type AccountsPoll } from './accounts.ts'
import { startAuditWatch } from './audit-watch.ts'
import { serveHealth } from './health.ts'
import { startSweep } from './sweep.ts'
import { unwatchedWorker } from './unwatched.ts'

export type RunningWorker = {
  /** Ends when the worker was asked to stop (SIGTERM, SIGINT) and everything it had begun is done. */
  ended: Promise<void>
  stop(): void
}

/** Polls the task queue, sweeps, polls the provider's accounts, answers /healthz. */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  workflowBundle: WorkflowBundleOption,
): Promise<RunningWorker> {
  const { db } = connect(config.WORKER_DATABASE_URL, { max: 10 })
  const attempts = createAttempts(db, config.WORKER_DATABASE_URL, log)
  const converter = dataConverter(config.PAYLOAD_KEYS)
  const client = new Client({
    connection: await Connection.connect(connectionTo(config)),
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: converter,
  })
  const deps: Deps = {
    db,
    attempts,
    log,
    codeKeys: keyring(config.CODE_KEYS),
    publicUrl: config.PUBLIC_URL,
    repositories: repositoryLookup(config.REPOSITORIES_URL, config.REPOSITORIES_TOKEN),
    mailer: mailer(config.SMTP_URL, config.MAIL_FROM),
    reportSystem: reportSystem(config.REPORT_URL, config.REPORT_TOKEN),
    tellTrouble: (workflowId) => client.workflow.getHandle(workflowId).signal(trouble),
  }
  const connection = await NativeConnection.connect(addressOf(config))
  const worker = await unwatchedWorker((runId) => {
    log.fatal({ runId }, 'this workflow does not come to an end; the worker ends, so that others go on')
    process.exit(1)
  }).create({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    workflowBundle,
    activities: createActivities(deps),
    dataConverter: converter,
    // Measured settings.
    stickyQueueScheduleToStartTimeout: '1s',
    maxCachedWorkflows: 2_000,
    shutdownGraceTime: '30s',
    shutdownForceTime: '40s',
  })
  const sweep = startSweep({
    db,
    client,
    log,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    publicUrl: config.PUBLIC_URL,
    everyMs: config.SWEEP_SECONDS * 1000,
    graceMs: config.SWEEP_GRACE_SECONDS * 1000,
  })
  const accounts = startAccountsOf(config, db, log)
  const audit = startAuditWatch({
    databaseUrl: config.WORKER_DATABASE_URL,
    folder: config.AUDIT_DIR,
    log,
    everyMs: config.AUDIT_CHECK_SECONDS * 1000,
  })
  const address = { host: config.WORKER_HEALTH_HOST, port: config.WORKER_HEALTH_PORT }
  const health = await serveHealth(address, { worker: () => worker.getState(), audit: audit.state })

  async function run(): Promise<void> {
    try {
      await worker.run()
    } finally {
      health.close()
      await sweep.stop()
      await accounts?.stop()
      await audit.stop()
      await attempts.close() // an attempt that runs is never cut
      deps.mailer.close()
      await client.connection.close()
      await connection.close()
      await db.destroy()
    }
  }
  return { ended: run(), stop: () => worker.shutdown() }
}

/** Undefined without an address to ask: then sessions end by back-channel logout alone (R6). */
function startAccountsOf(config: WorkerConfig, db: Db, log: Logger): AccountsPoll | undefined {
  const { IDENTITY_URL: url, IDENTITY_TOKEN: token, OIDC_PROVIDER: provider } = config
  if (url === undefined || token === undefined) {
    log.warn(noAccountsList)
    return undefined
  }
  return startAccounts({ db, log, provider, url, token }, config.ACCOUNTS_POLL_SECONDS * 1000)
}
