import type { z } from 'zod'
import { asActor, readAs } from '../../db/actor.ts'
import { findAmendments, findSnapshot } from '../../db/lists/amendments.ts'
import { findWholeBackup } from '../../db/lists/backups.ts'
import {
  listForExport,
  listManagedBackups,
  listManagedUnits,
  listMembers,
  type ManagedBackup,
  type Member,
  recordExport,
} from '../../db/lists/managed.ts'
import { maskEmail, maskName } from '../../domain/masks.ts'
import * as contracts from '../contracts/managed.ts'
import type { Actor } from '../deps.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'
import { open, seal } from '../http/sealed-search.ts'
import { showAmendment, showSnapshot } from '../show/amendments.ts'
import { showSummary, showWholeBackup } from '../show/backups.ts'
import { exportFile } from '../show/export.ts'
import { isoTime } from '../show/times.ts'

export function mountManaged(api: Api): void {
  const { db, codeKeys } = api.deps

  mount(api, contracts.listManagedUnits, {}, async ({ actor }) => ({
    status: 200,
    body: { items: await readAs(db, actor.accountId, listManagedUnits) },
  }))

  mount(api, contracts.sealSearch, {}, async ({ actor, body }) => ({
    status: 200,
    body: { f: await seal(codeKeys, actor.accountId, body) },
  }))

  mount(api, contracts.listMembers, {}, async ({ actor, query: { unitId, role, f, page, size } }) => {
    const search = await open(codeKeys, actor.accountId, f)
    if (!search) return notOpened
    const filter = { unitId, role, name: search.member || undefined }
    const found = await readAs(db, actor.accountId, (trx) => listMembers(trx, filter, { page, size }))
    const items = found.items.map(showMember)
    return { status: 200, body: { items, page, size, total: found.total, search } }
  })

  mount(api, contracts.listManagedBackups, {}, async ({ actor, query: { f, page, size, ...asked } }) => {
    const search = await open(codeKeys, actor.accountId, f)
    if (!search) return notOpened
    const { lead, custodian } = search
    const filter = { ...asked, lead: lead || undefined, custodian: custodian || undefined }
    const { items, total, others } = await readAs(db, actor.accountId, (trx) =>
      listManagedBackups(trx, filter, { page, size }),
    )
    const now = actor.now()
    const counts =
      asked.stage === 'draft' ? { completed: others, draft: total } : { completed: total, draft: others }
    const shown = items.map((found) => showManaged(found, now))
    return { status: 200, body: { items: shown, page, size, total, counts, search, serverNow: isoTime(now) } }
  })

  mount(
    api,
    contracts.exportManagedBackups,
    {},
    async ({ actor, query: { f, format, language, ...asked } }) => {
      const search = await open(codeKeys, actor.accountId, f)
      if (!search) return notOpened
      const { lead, custodian } = search
      const filter = { ...asked, lead: lead || undefined, custodian: custodian || undefined }
      const rows = await asActor(db, actor.accountId, async (trx) => {
        const found = await listForExport(trx, filter, contracts.mostExported)
        // The audit says which people were looked for only as far as it must: that they were.
        if (found)
          await recordExport(trx, { ...asked, byPeople: f !== undefined, format, rows: found.length })
        return found
      })
      if (!rows) return problem('EXPORT_TOO_LARGE', { max: contracts.mostExported })
      return { status: 200, file: await exportFile(rows, { format, language, now: actor.now() }) }
    },
  )

  mountOne(api)
}

/** R48 */
function mountOne(api: Api): void {
  const { db } = api.deps
  type Looking = { actor: Actor; params: { backupId: string } }
  const overseen = ({ backupId }: Looking['params']) => ({ backupId, custodianId: null })

  mount(
    api,
    contracts.getManagedBackup,
    {
      find: ({ actor, params }: Looking) =>
        readAs(db, actor.accountId, (trx) => findWholeBackup(trx, overseen(params), { isLast: true })),
    },
    ({ actor, found }) => {
      const shown = showWholeBackup(found, actor.now())
      const files = shown.files.map((file) => ({ ...file, depositorEmail: maskEmail(file.depositorEmail) }))
      return Promise.resolve({ status: 200, body: { ...shown, files } })
    },
  )

  mount(
    api,
    contracts.listManagedAmendments,
    {
      find: ({ actor, params }: Looking) =>
        readAs(db, actor.accountId, (trx) => findAmendments(trx, overseen(params))),
    },
    ({ found }) => Promise.resolve({ status: 200, body: { items: found.map(showAmendment) } }),
  )

  mount(
    api,
    contracts.getManagedSnapshot,
    {
      find: ({ actor, params }: Looking) =>
        readAs(db, actor.accountId, (trx) => findSnapshot(trx, overseen(params))),
    },
    ({ found }) => Promise.resolve({ status: 200, body: showSnapshot(found) }),
  )
}

const notOpened = problem('VALIDATION', {}, [{ path: 'query.f', code: 'INVALID', params: {} }])

const showMember = ({ unitId, unitName, ...member }: Member): z.input<typeof contracts.Member> => ({
  ...member,
  name: maskName(member.name),
  unit: { id: unitId, name: unitName },
})

const showManaged = (
  { projectName, leadName, unitName, custodianName, ...found }: ManagedBackup,
  now: number,
): z.input<typeof contracts.ManagedBackup> => ({
  ...showSummary(found, now),
  projectName,
  leadName: maskName(leadName),
  unitName,
  custodian: { id: found.row.custodianId, name: maskName(custodianName ?? '') },
})
