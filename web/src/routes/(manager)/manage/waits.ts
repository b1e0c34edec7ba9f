import type { Wait } from '$domain/backup/waits.ts'
import { waitLabel } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'

/** What waits for the custodian does not wait for a manager who reads it. */
export const overseenWaitLabel = (wait: Wait): string =>
  wait === 'researcher' ? m.wait_custodian() : waitLabel(wait)
