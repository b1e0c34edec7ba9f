/** Names in an address, sealed with the code keys (R59): only the account that asked can open them. */
import { hkdfSync } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'
import type { Keyring } from '../../runtime/keys.ts'
import { PeopleSearch } from '../contracts/managed.ts'

export async function seal(ring: Keyring, accountId: string, search: PeopleSearch): Promise<string> {
  const key = keyFor(ring, ring.current)
  if (!key) throw new Error(`No key with id ${ring.current}`)
  return new EncryptJWT({ search })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: ring.current })
    .setSubject(accountId)
    .encrypt(key)
}

/** Nobody's names without `sealed`; undefined when it cannot be opened: another's, changed, or of a key that is gone. */
export async function open(
  ring: Keyring,
  accountId: string,
  sealed: string | undefined,
): Promise<PeopleSearch | undefined> {
  if (sealed === undefined) return PeopleSearch.parse({})
  try {
    const { payload } = await jwtDecrypt(sealed, ({ kid = '' }) => keyFor(ring, kid) ?? new Uint8Array(), {
      subject: accountId,
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return PeopleSearch.safeParse(payload['search']).data
  } catch {
    return undefined
  }
}

function keyFor({ keys }: Keyring, kid: string): Uint8Array | undefined {
  const key = keys.get(kid)
  return key && new Uint8Array(hkdfSync('sha256', key, '', 'search', 32))
}
