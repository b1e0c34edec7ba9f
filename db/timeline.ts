import type { Trx } from './connect.ts'

export type TimelineRow = { at: Date; action: string; actor: string | null; params: Record<string, unknown> }

/** What happened to a backup, newest first. An actor whom the reader may not see has no name (R56). */
export const listTimeline = (trx: Trx, backupId: string, most = 200): Promise<TimelineRow[]> =>
  trx
    .selectFrom('audit as e')
    .leftJoin('accounts as a', 'a.id', 'e.actorId')
    .select(['e.at', 'e.action', 'a.name as actor', 'e.params'])
    .where('e.backupId', '=', backupId)
    .orderBy('e.id', 'desc')
    .limit(most)
    .execute()
