import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * Keys by id; `current` is used for new things, the others only for what was made with them. `hashing` makes the hashes
 * by which a repeated request is known, so it stays when a new key is put in front (decision 003). They are key objects:
 * a Buffer costs four times as much at each use.
 */
export type Keyring = { current: string; hashing: string; keys: ReadonlyMap<string, KeyObject> }

/** From `id:base64,id:base64` (see config); the last one makes hashes, unless another one is named. */
export function keyring(text: string, hashKeyId?: string): Keyring {
  const entries = text.split(',').map((part) => {
    const at = part.indexOf(':')
    return [part.slice(0, at), createSecretKey(part.slice(at + 1), 'base64')] as const
  })
  const [first, last] = [entries[0], entries.at(-1)]
  if (!first || !last) throw new Error('A keyring needs a key')
  return { current: first[0], hashing: hashKeyId ?? last[0], keys: new Map(entries) }
}

/** Throws when no key has this id: a key was taken away while something still needs it. */
export function keyOf(ring: Keyring, id: string): KeyObject {
  const key = ring.keys.get(id)
  if (!key) throw new Error(`No key with id ${id}`)
  return key
}

export const sha256 = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest()
export const hmac = (key: KeyObject, ...parts: readonly string[]): Buffer =>
  createHmac('sha256', key).update(parts.join('|')).digest()

/** A text for each key of these rings, by which its bytes are known again; it tells nothing of them. */
export const canariesOf = (rings: Record<string, string>) =>
  Object.entries(rings).flatMap(([ring, text]) =>
    [...keyring(text).keys].map(([keyId, key]) => ({
      ring,
      keyId,
      canary: hmac(key, 'canary', ring, keyId),
    })),
  )
