import { readAs } from '../../db/actor.ts'
import { findTimeline } from '../../db/lists/backups.ts'
import { getTimeline } from '../contracts/backups.ts'
import { type Api, mount } from '../http/mount.ts'
import { showFact } from '../show/backups.ts'

export function mountTimeline(api: Api): void {
  const { db } = api.deps
  mount(
    api,
    getTimeline,
    {
      find: ({ actor: { accountId }, params }) =>
        readAs(db, accountId, (trx) => findTimeline(trx, { ...params, custodianId: accountId })),
    },
    ({ found }) => Promise.resolve({ status: 200, body: { items: found.map(showFact) } }),
  )
}
