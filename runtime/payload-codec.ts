/** R59: everything in a workflow's history that could be personal is encrypted, AES-256-GCM, key id beside it. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { keyOf, keyring } from './keys.ts'

const { Payload: PayloadMessage } = proto.temporal.api.common.v1
const encoding = Buffer.from('binary/encrypted')
const ivLength = 12
const tagLength = 16

/**
 * What a payload becomes that cannot be opened, whatever is wrong with it: not encrypted, of a key that we do not have,
 * changed, cut. Handlers refuse it; throwing here instead would fail every later task of that workflow, for good (R54).
 */
const unreadable: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify({ refused: 'the payload cannot be opened' })),
}

/** `keys` as in config PAYLOAD_KEYS: the first encrypts, all decrypt. */
export function payloadCodec(keys: string): PayloadCodec {
  const ring = keyring(keys)

  function encrypt(payload: Payload): Payload {
    const iv = randomBytes(ivLength)
    const cipher = createCipheriv('aes-256-gcm', keyOf(ring, ring.current), iv)
    cipher.setAAD(Buffer.from(ring.current))
    const plain = PayloadMessage.encode(payload).finish()
    return {
      metadata: { encoding, 'key-id': Buffer.from(ring.current) },
      data: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    }
  }

  function decrypt(payload: Payload): Payload {
    if (!encoding.equals(payload.metadata?.['encoding'] ?? Buffer.alloc(0))) throw new Error('Not encrypted')
    const data = Buffer.from(payload.data ?? [])
    const keyId = Buffer.from(payload.metadata?.['key-id'] ?? []).toString()
    const decipher = createDecipheriv('aes-256-gcm', keyOf(ring, keyId), data.subarray(0, ivLength))
    decipher.setAAD(Buffer.from(keyId))
    decipher.setAuthTag(data.subarray(-tagLength))
    const plain = Buffer.concat([decipher.update(data.subarray(ivLength, -tagLength)), decipher.final()])
    return PayloadMessage.decode(plain)
  }

  function open(payload: Payload): Payload {
    try {
      return decrypt(payload)
    } catch {
      return unreadable
    }
  }

  return {
    encode: (payloads) => Promise.resolve(payloads.map(encrypt)),
    decode: (payloads) => Promise.resolve(payloads.map(open)),
  }
}
