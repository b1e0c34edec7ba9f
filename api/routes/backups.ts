import { randomBytes } from 'node:crypto'
import { asActor } from '../../db/actor.ts'
import { appendAudit } from '../../db/audit.ts'
import {
  type BackupRow,
  findBackup,
  insertDraft,
  listDrafts as readDrafts,
  listProjectBackups as readProjectBackups,
  type NewDraft,
} from '../../db/backups.ts'
import type { Trx } from '../../db/connect.ts'
import { createOnce } from '../../db/idempotency.ts'
import { listFiles } from '../../db/files.ts'
import type { Page, PageOf } from '../../db/pages.ts'
import { findProject } from '../../db/projects.ts'
import { referenceOf } from '../../domain/numbers.ts'
import { findLiveBackup, notAccepted, readBackup, tell, withLastEdit } from '../process/backups.ts'
import * as contracts from '../contracts/backups.ts'
import type { Actor } from '../deps.ts'
import { type Api, mount } from '../http/mount.ts'
import { refused } from '../http/problems.ts'
import { showBackup, showSummary } from '../show/backups.ts'

export function mountBackups(api: Api): void {
  const { deps } = api
  const { db, log } = deps
  const findOwnProject = ({ actor, params }: { actor: Actor; params: { projectId: string } }) =>
    asActor(db, actor.accountId, (trx) => findProject(trx, { ...params, ownerId: actor.accountId }))

  mount(api, contracts.listProjectBackups, { find: findOwnProject }, async ({ actor, found, query }) => {
    const of = { projectId: found.id, custodianId: actor.accountId }
    const body = await asActor(db, actor.accountId, async (trx) =>
      showPage(trx, actor.now(), query, await readProjectBackups(trx, of, query)),
    )
    return { status: 200, body }
  })

  mount(api, contracts.listDrafts, {}, async ({ actor, query }) => {
    const body = await asActor(db, actor.accountId, async (trx) =>
      showPage(trx, actor.now(), query, await readDrafts(trx, actor.accountId, query)),
    )
    return { status: 200, body }
  })

  mount(api, contracts.createBackup, { find: findOwnProject }, async ({ actor, found, body, command }) => {
    const { accountId } = actor
    const draft = { ...body, projectId: found.id, unitId: found.unitId, custodianId: accountId }
    const created = await asActor(db, accountId, async (trx) => {
      const { key, bodyHash } = command
      const once = await createOnce(trx, { key, bodyHash, accountId }, async () => ({
        ok: true,
        id: await createDraft(trx, draft),
      }))
      if (!once.ok) return once
      const row = await findBackup(trx, { backupId: once.id, custodianId: accountId })
      return row ? { ok: true as const, row, files: await listFiles(trx, [row.id]) } : refused('NOT_FOUND')
    })
    if (!created.ok) return created
    // Not waited for: a process that did not start is started by the first command, or by the sweep.
    if (created.row.stage === 'draft')
      deps.backups.start(created.row).catch((err: unknown) => {
        log.warn({ backupId: created.row.id, err }, 'the process of a new backup did not start')
      })
    return { status: 201, body: showBackup(created.row, created.files, actor.now()) }
  })

  mount(api, contracts.getBackup, { find: (asked) => findLiveBackup(deps, asked) }, ({ actor, found }) =>
    Promise.resolve({ status: 200, body: showBackup(found.row, found.files, actor.now()) }),
  )

  mount(api, contracts.editBackup, { find: (asked) => findLiveBackup(deps, asked) }, async (asked) => {
    const { row } = asked.found
    const of = { backupId: row.id, fileId: null }
    const told = await withLastEdit(deps, asked.actor, await tell(deps, asked, 'editBackup', asked.body), of)
    if (told.kind !== 'accepted') return notAccepted(told, row.id)
    const after = await readBackup(deps, asked.actor, row.id)
    return after
      ? { status: 200, body: showBackup(after.row, after.files, asked.actor.now()) }
      : refused('NOT_FOUND')
  })

  // R16: one that is discarded is found here, and only here.
  const findAny = ({ actor, params }: { actor: Actor; params: { backupId: string } }) =>
    readBackup(deps, actor, params.backupId)
  mount(api, contracts.discardBackup, { find: findAny }, async (asked) => {
    const told = await tell(deps, asked, 'discard', {})
    return told.kind === 'accepted' ? { status: 204 } : notAccepted(told, asked.found.row.id)
  })
}

async function showPage(trx: Trx, now: number, { page, size }: Page, { items, total }: PageOf<BackupRow>) {
  const files = await listFiles(
    trx,
    items.map((row) => row.id),
  )
  const byBackup = Map.groupBy(files, (file) => file.backupId)
  return { items: items.map((row) => showSummary(row, byBackup.get(row.id) ?? [], now)), page, size, total }
}

/** The draft and its line in the audit (R57). */
async function createDraft(trx: Trx, draft: Omit<NewDraft, 'reference'>): Promise<string> {
  for (;;) {
    const reference = referenceOf(randomBytes(5))
    const id = await insertDraft(trx, { ...draft, reference })
    if (id === undefined) continue // the reference is taken: one in 10^12
    await appendAudit(trx, {
      unitId: draft.unitId,
      actorId: draft.custodianId,
      action: 'backupCreated',
      projectId: draft.projectId,
      backupId: id,
      after: { reference, name: draft.name, contentTypes: draft.contentTypes },
    })
    return id
  }
}
