import { randomBytes } from 'node:crypto'
import { asActor, readAs } from '../../db/actor.ts'
import { insertDraft, type NewDraft } from '../../db/backups.ts'
import {
  findBackup,
  findWholeBackup,
  type ListedBackup,
  listDrafts as readDrafts,
  listProjectBackups as readProjectBackups,
} from '../../db/lists/backups.ts'
import type { Trx } from '../../db/connect.ts'
import { createOnce } from '../../db/idempotency.ts'
import type { Page, PageOf } from '../../db/lists/pages.ts'
import { findProject } from '../../db/projects.ts'
import { referenceOf } from '../../domain/numbers.ts'
import { refusal } from '../../domain/result.ts'
import {
  findAnyKnown,
  findKnown,
  notAccepted,
  readBackup,
  sendCommand,
  withLastEdit,
} from '../process/backups.ts'
import * as contracts from '../contracts/backups.ts'
import type { Actor } from '../deps.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'
import { showBackup, showSummary, showWholeBackup } from '../show/backups.ts'
import { isoTime } from '../show/times.ts'

export function mountBackups(api: Api): void {
  mountLists(api)
  const { deps } = api
  const { db, known, log } = deps

  /** What this process knows already, else one read. */
  async function findOwnProject({ actor, params }: { actor: Actor; params: { projectId: string } }) {
    const { accountId } = actor
    const project =
      known.project(accountId, params.projectId) ??
      (await readAs(db, accountId, (trx) => findProject(trx, { ...params, ownerId: accountId })))
    return project && known.keepProject(accountId, project)
  }

  mount(
    api,
    contracts.createBackup,
    { find: findOwnProject },
    async ({ actor, found: project, body, command }) => {
      const { accountId } = actor
      const draft = { ...body, projectId: project.id, unitId: project.unitId, custodianId: accountId }
      const created = await asActor(db, accountId, async (trx) => {
        const once = await createOnce(trx, { ...command, accountId }, async () =>
          actor.unit?.id === project.unitId
            ? { ok: true, id: await createDraft(trx, draft) }
            : refusal('UNIT_LEFT', { unit: project.unitName }),
        )
        if (!once.ok) return once
        const found = await findBackup(trx, { backupId: once.id, custodianId: accountId })
        return found ? { ok: true as const, ...found } : problem('NOT_FOUND')
      })
      if (!created.ok) return created
      known.keepBackup(accountId, created)
      // Not waited for: a process that did not start is started by the first command, or by the sweep.
      if (created.row.stage === 'draft')
        deps.backups.start(created.row).catch((err: unknown) => {
          log.warn({ backupId: created.row.id, err }, 'the process of a new backup did not start')
        })
      return { status: 201, body: showBackup(created, actor.now()) }
    },
  )

  mount(
    api,
    contracts.getBackup,
    {
      find: async ({ actor: { accountId }, params }) => {
        const of = { ...params, custodianId: accountId }
        const found = await readAs(db, accountId, (trx) => findWholeBackup(trx, of, { isLast: true }))
        if (found) known.keepBackup(accountId, found)
        return found?.row.stage === 'discarded' ? undefined : found
      },
    },
    ({ actor, found }) => Promise.resolve({ status: 200, body: showWholeBackup(found, actor.now()) }),
  )

  mount(api, contracts.editBackup, { find: (asked) => findKnown(deps, asked) }, async (asked) => {
    const { backupId } = asked.params
    const sent = await sendCommand(deps, asked, 'editBackup', asked.body)
    const result = await withLastEdit(deps, asked.actor, sent, { backupId, fileId: null })
    if (result.kind !== 'accepted') return notAccepted(result, backupId)
    const after = await readBackup(deps, asked.actor, backupId)
    return after ? { status: 200, body: showBackup(after, asked.actor.now()) } : problem('NOT_FOUND')
  })

  // R16: one that is discarded is found here, and only here.
  mount(api, contracts.discardBackup, { find: (asked) => findAnyKnown(deps, asked) }, async (asked) => {
    const result = await sendCommand(deps, asked, 'discard', {})
    known.forgetBackup(asked.actor.accountId, asked.found.id)
    return result.kind === 'accepted' ? { status: 204 } : notAccepted(result, asked.found.id)
  })
}

function mountLists(api: Api): void {
  const { db } = api.deps

  mount(
    api,
    contracts.listProjectBackups,
    {
      find: ({ actor: { accountId }, params, query = { page: 1, size: 1 } }) =>
        readAs(db, accountId, (trx) => readProjectBackups(trx, { ...params, custodianId: accountId }, query)),
    },
    ({ actor, found, query }) => Promise.resolve({ status: 200, body: showPage(found, query, actor.now()) }),
  )

  mount(api, contracts.listDrafts, {}, async ({ actor, query }) => {
    const found = await readAs(db, actor.accountId, (trx) => readDrafts(trx, actor.accountId, query))
    return { status: 200, body: showPage(found, query, actor.now()) }
  })
}

const showPage = ({ items, total }: PageOf<ListedBackup>, { page, size }: Page, now: number) => ({
  items: items.map((found) => showSummary(found, now)),
  page,
  size,
  total,
  serverNow: isoTime(now),
})

async function createDraft(trx: Trx, draft: Omit<NewDraft, 'reference'>): Promise<string> {
  for (;;) {
    const id = await insertDraft(trx, { ...draft, reference: referenceOf(randomBytes(5)) })
    if (id !== undefined) return id // else the reference is taken: one in 10^12
  }
}
