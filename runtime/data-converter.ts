import { fileURLToPath } from 'node:url'
import type { DataConverter } from '@temporalio/common'
import { payloadCodec } from './payload-codec.ts'

/** The same in every process that speaks to Temporal; `keys` as in config PAYLOAD_KEYS. */
export const dataConverter = (keys: string): DataConverter => ({
  payloadCodecs: [payloadCodec(keys)],
  failureConverterPath: fileURLToPath(new URL('failure-converter.ts', import.meta.url)),
})
