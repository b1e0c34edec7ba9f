/** Every write carries a key; the same key with the same values is the same act (decision 003). */
import { createHash, randomUUID } from 'node:crypto'

/** The hidden field `cmd`, fresh in every rendered answer. */
export const newCommand = (): string => randomUUID()

export const idempotencyKey = (command: string, values: unknown): string =>
  `${command}.${createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)}`
