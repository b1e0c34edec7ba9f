/** One id per request, from the first line of the log to the worker's. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { defaultPayloadConverter } from '@temporalio/common'
import type { WorkflowClientInterceptor } from '@temporalio/client'
import { payloadCodec } from '../runtime/payload-codec.ts'

const requests = new AsyncLocalStorage<string>()

export const withRequestId = <T>(requestId: string, work: () => T): T => requests.run(requestId, work)

/** Of the request that is being answered. */
export const currentRequestId = (): string | undefined => requests.getStore()

/** A proxy's id is taken over when it looks like one; it goes into logs, so nothing else may be in it. */
export const requestIdOf = (header: string | undefined): string =>
  header !== undefined && /^[\w.-]{8,64}$/.test(header) ? header : randomUUID()

/** The worker reads the header `request-id` of an update or start. */
export const requestIdHeader = 'request-id'

/** Headers are not encoded by the client; ours are, because what is not encrypted is refused. */
export function passRequestId(payloadKeys: string): WorkflowClientInterceptor {
  const codec = payloadCodec(payloadKeys)
  const headers = async () => {
    const id = currentRequestId()
    const [payload] = await codec.encode(id === undefined ? [] : [defaultPayloadConverter.toPayload(id)])
    return payload && { [requestIdHeader]: payload }
  }
  return {
    start: async (input, next) => next({ ...input, headers: { ...input.headers, ...(await headers()) } }),
    startUpdate: async (input, next) =>
      next({ ...input, headers: { ...input.headers, ...(await headers()) } }),
  }
}
