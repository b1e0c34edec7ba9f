/** One id per request, from the first line of the log to the worker's. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

const requests = new AsyncLocalStorage<string>()

export const withRequestId = <T>(requestId: string, work: () => T): T => requests.run(requestId, work)

/** Of the request that is being answered. */
export const currentRequestId = (): string | undefined => requests.getStore()

/** A proxy's id is taken over when it looks like one; it goes into logs, so nothing else may be in it. */
export const requestIdOf = (header: string | undefined): string =>
  header !== undefined && /^[\w.-]{8,64}$/.test(header) ? header : randomUUID()
