import { asActor } from '../../db/actor.ts'
import { listTimeline } from '../../db/timeline.ts'
import { findLiveBackup } from '../process/backups.ts'
import { getTimeline } from '../contracts/backups.ts'
import { type Api, mount } from '../http/mount.ts'

export function mountTimeline(api: Api): void {
  const { deps } = api
  mount(api, getTimeline, { find: (asked) => findLiveBackup(deps, asked) }, async ({ actor, found }) => {
    const rows = await asActor(deps.db, actor.accountId, (trx) => listTimeline(trx, found.row.id))
    return { status: 200, body: { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) } }
  })
}
