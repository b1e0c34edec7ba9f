import { createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'
import { hmac, keyOf, sha256, type Keyring } from './keys.ts'

/**
 * The 6 digits of one generation of a file's code. They are only in the mail (R31): the worker
 * computes them again from the key when it needs them. Rejection sampling keeps all 10^6 codes equally likely.
 */
export function codeOf(ring: Keyring, keyId: string, fileId: string, generation: number): string {
  const key = keyOf(ring, keyId)
  for (let round = 0; ; round++) {
    const value = hmac(key, 'code', fileId, String(generation), String(round)).readUInt32BE(0)
    if (value < 4_294_000_000) return String(value % 1_000_000).padStart(6, '0')
  }
}

/**
 * What is sent on instead of the typed code: bound to its file, and keyed, so that neither a workflow's
 * history nor an argument says which digits were typed.
 */
export const typedProof = (ring: Keyring, keyId: string, fileId: string, typed: string): string =>
  `${keyId}.${hmac(proofKey(ring, keyId), fileId, typed).toString('base64url')}`

/** Is the proof made from this generation's code? Takes the same time either way. */
export function isCode(
  ring: Keyring,
  proof: string,
  file: { id: string; keyId: string; generation: number },
): boolean {
  const [proofKeyId = ''] = proof.split('.')
  const code = codeOf(ring, file.keyId, file.id, file.generation)
  return timingSafeEqual(sha256(proof), sha256(typedProof(ring, proofKeyId, file.id, code)))
}

/** A key of its own, so that a proof can never be taken for a code. */
const proofKey = (ring: Keyring, keyId: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', keyOf(ring, keyId), '', 'typed code', 32)))
