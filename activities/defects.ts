import { ApplicationFailure } from '@temporalio/common'
import { isDatabaseOutage } from '../db/outages.ts'
import type { Deps } from './deps.ts'

/**
 * A person's command that fails because of our own defect ends. A retry would fail again, and the commands after
 * it would wait for ever. Nothing was changed, since the command is one transaction.
 */
export async function endOnDefect<T>({ log }: Deps, command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (error) {
    if (error instanceof ApplicationFailure || isDatabaseOutage(error)) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const stack = error instanceof Error ? error.stack : String(error) // pg's `detail` would show what was typed
    log.error({ code, stack }, 'a command failed by a defect')
    throw ApplicationFailure.nonRetryable('The command failed by a defect', 'DEFECT')
  }
}
