/** The worker's process: puts everything together, runs until it is told to stop. */
import { Runtime } from '@temporalio/worker'
import { connect } from '../db/connect.ts'
import { proveKeys } from '../db/key-canaries.ts'
import { configOrEnd, readWorkerConfig } from '../runtime/config.ts'
import { endWith } from '../runtime/end.ts'
import { canariesOf } from '../runtime/keys.ts'
import { createLog } from '../runtime/log.ts'
import { bundle } from '../workflows/bundle.ts'
import { temporalLogger } from './temporal-log.ts'
import { startWorker } from './worker.ts'

const config = configOrEnd(readWorkerConfig)
const log = createLog(config.LOG_LEVEL, 'worker')
const codePath = config.WORKFLOW_BUNDLE

const { db } = connect(config.WORKER_DATABASE_URL, { max: 1 })
const { PAYLOAD_KEYS, CODE_KEYS } = config
await proveKeys(db, canariesOf({ PAYLOAD_KEYS, CODE_KEYS }), (err) =>
  log.warn({ err }, 'the keys cannot be proved yet'),
).catch(endWith)
await db.destroy()

Runtime.install({ logger: temporalLogger(log) }) // it also turns SIGTERM and SIGINT into a graceful stop
const worker = await startWorker(
  config,
  log,
  codePath === undefined ? { code: await bundle() } : { codePath },
)
log.info({ taskQueue: config.TEMPORAL_TASK_QUEUE }, 'the worker polls')
await worker.ended
log.info('the worker has stopped')
process.exit(0)
