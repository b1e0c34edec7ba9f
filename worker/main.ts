/** The worker's process: puts everything together, runs until it is told to stop. */
import { existsSync } from 'node:fs'
import { Runtime } from '@temporalio/worker'
import { connect } from '../db/connect.ts'
import { proveKeys } from '../db/key-canaries.ts'
import { readWorkerConfig } from '../runtime/config.ts'
import { endWith } from '../runtime/end.ts'
import { canariesOf } from '../runtime/keys.ts'
import { createLog } from '../runtime/log.ts'
import { temporalLogger } from './temporal-log.ts'
import { startWorker } from './worker.ts'

const config = readWorkerConfig()
const log = createLog(config.LOG_LEVEL, 'worker')
const bundle = config.WORKFLOW_BUNDLE
if (bundle !== undefined && !existsSync(bundle))
  throw new Error(`WORKFLOW_BUNDLE: there is no file ${bundle}`)

const { db } = connect(config.WORKER_DATABASE_URL, { max: 1 })
const { PAYLOAD_KEYS, CODE_KEYS } = config
await proveKeys(db, canariesOf({ PAYLOAD_KEYS, CODE_KEYS }), (err) =>
  log.warn({ err }, 'the keys cannot be proved yet'),
).catch(endWith)
await db.destroy()

Runtime.install({ logger: temporalLogger(log) }) // it also turns SIGTERM and SIGINT into a graceful stop
const worker = await startWorker(config, log, bundle === undefined ? undefined : { codePath: bundle })
log.info({ taskQueue: config.TEMPORAL_TASK_QUEUE }, 'the worker polls')
await worker.ended
log.info('the worker has stopped')
process.exit(0)
