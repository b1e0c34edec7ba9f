import { readAs } from '../../db/actor.ts'
import { findAmendments, findSnapshot } from '../../db/lists/amendments.ts'
import * as contracts from '../contracts/amendments.ts'
import { type Api, mount } from '../http/mount.ts'
import { showAmendment, showSnapshot } from '../show/amendments.ts'

export function mountAmendments(api: Api): void {
  const { db } = api.deps

  mount(
    api,
    contracts.listAmendments,
    {
      find: ({ actor: { accountId }, params }) =>
        readAs(db, accountId, (trx) => findAmendments(trx, { ...params, custodianId: accountId })),
    },
    ({ found }) => Promise.resolve({ status: 200, body: { items: found.map(showAmendment) } }),
  )

  mount(
    api,
    contracts.getSnapshot,
    {
      find: ({ actor: { accountId }, params }) =>
        readAs(db, accountId, (trx) => findSnapshot(trx, { ...params, custodianId: accountId })),
    },
    ({ found }) => Promise.resolve({ status: 200, body: showSnapshot(found) }),
  )
}
