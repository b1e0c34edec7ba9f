/** The worker's process: puts everything together, runs until it is told to stop. */
import { Runtime } from '@temporalio/worker'
import { configOrEnd, readWorkerConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/log.ts'
import { bundle } from '../workflows/bundle.ts'
import { temporalLogger } from './temporal-log.ts'
import { startWorker } from './worker.ts'

const config = configOrEnd(readWorkerConfig)
const log = createLog(config.LOG_LEVEL, 'worker')
const codePath = config.WORKFLOW_BUNDLE

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
