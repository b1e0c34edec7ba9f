import { DefaultLogger } from '@temporalio/worker'
import type { Logger } from '../runtime/log.ts'

/** Temporal's own lines in our log, without its metadata's payloads. */
export const temporalLogger = (log: Logger): DefaultLogger =>
  new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { workflowId, activityType, attempt, job, cause, error } = (meta ?? {}) as Record<string, unknown>
    const fields = { workflowId, activityType, attempt, job, cause, err: error }
    switch (level) {
      case 'ERROR':
        return log.error(fields, message)
      case 'WARN':
        return log.warn(fields, message)
      case 'INFO':
        return log.info(fields, message)
      default:
        return log.debug(fields, message)
    }
  })
