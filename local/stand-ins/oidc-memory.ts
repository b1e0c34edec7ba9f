/** What the identity provider remembers. The library's own memory forgets after a thousand entries. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  payload: AdapterPayload
  endsAt: number
}

/** Enough that looking through all of them is rare, and little enough to be nothing in memory. */
const SWEEP_EVERY = 1_000

export function memoryAdapter(): AdapterFactory {
  const entries = new Map<string, Entry>()
  let writes = 0

  function find(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const { payload, endsAt } of entries.values()) {
      if (endsAt > Date.now() && matches(payload)) return payload
    }
    return undefined
  }

  function forgetEnded(): void {
    for (const [key, { endsAt }] of entries) if (endsAt <= Date.now()) entries.delete(key)
  }

  return (model): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`
    const live = (id: string) => {
      const entry = entries.get(keyOf(id))
      return entry && entry.endsAt > Date.now() ? entry.payload : undefined
    }
    return {
      upsert: (id, payload, expiresIn) => {
        writes += 1
        if (writes % SWEEP_EVERY === 0) forgetEnded()
        entries.set(keyOf(id), { payload, endsAt: expiresIn ? Date.now() + expiresIn * 1_000 : Infinity })
        return Promise.resolve()
      },
      find: (id) => Promise.resolve(live(id)),
      findByUid: (uid) => Promise.resolve(find((payload) => payload.uid === uid && payload.kind === model)),
      findByUserCode: (code) => Promise.resolve(find((payload) => payload.userCode === code)),
      consume: (id) => {
        const payload = live(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
        return Promise.resolve()
      },
      destroy: (id) => {
        entries.delete(keyOf(id))
        return Promise.resolve()
      },
      revokeByGrantId: (grantId) => {
        for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key)
        return Promise.resolve()
      },
    }
  }
}
