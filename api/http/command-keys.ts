import { randomUUID } from 'node:crypto'
import { hmac, keyOf, type Keyring, sha256 } from '../../runtime/keys.ts'

/** What makes a write happen once (decision 003). */
export type CommandKey = {
  key: string
  /** The code key with which the body, and what else is hashed for this request, is hashed. */
  hashKeyId: string
  bodyHash: string
  updateId: string
  /** The same request, hashed with another key of the ring. */
  hashedWith: (hashKeyId: string) => CommandKey
}

/**
 * Without an Idempotency-Key header every request is an act of its own. The body's hash is keyed: a part of
 * it stands in the update's id, in plain text for ever, and a body may be no more than a 6-digit code (R31).
 */
export function commandKey(
  ring: Keyring,
  request: {
    accountId: string
    method: string
    path: string
    idempotencyKey: string | undefined
    body: unknown
  },
): CommandKey {
  const { accountId, method, path, idempotencyKey = randomUUID(), body } = request
  const key = sha256(`${accountId}|${method} ${path}|${idempotencyKey}`).toString('hex')
  const text = JSON.stringify(body ?? null)
  const hashedWith = (hashKeyId: string): CommandKey => {
    const bodyHash = hmac(keyOf(ring, hashKeyId), 'body', text).toString('hex')
    return { key, hashKeyId, bodyHash, updateId: `${key}.${bodyHash.slice(0, 8)}`, hashedWith }
  }
  return hashedWith(ring.hashing)
}

/**
 * A new file's id comes from its command, so that a repeated request names the same file (uuid version 8). Another
 * body under the same key is another file: what the repository says of the one must not be taken for the other.
 */
export function fileIdOf({ key, bodyHash }: CommandKey): string {
  const hex = [...sha256(`${key}.${bodyHash}`).toString('hex').slice(0, 32)]
  hex[12] = '8'
  hex[16] = '89ab'.charAt(Number.parseInt(hex[16] ?? '0', 16) & 3)
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
