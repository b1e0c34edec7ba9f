import { readAs } from '../../db/actor.ts'
import { wasRemoved } from '../../db/files.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import {
  findKnown,
  findKnownFile,
  findLiveBackup,
  notAccepted,
  readFile,
  sendCommand,
  withLastEdit,
} from '../process/backups.ts'
import { fileIdOf } from '../http/command-keys.ts'
import * as contracts from '../contracts/files.ts'
import type { Actor } from '../deps.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'
import { showFile } from '../show/files.ts'

export function mountFiles(api: Api): void {
  const { deps } = api

  mount(api, contracts.listFiles, { find: (asked) => findLiveBackup(deps, asked) }, ({ actor, found }) => {
    const now = actor.now()
    const items = found.files.map((file) => showFile(file, now))
    return Promise.resolve({ status: 200, body: { items, serverNow: new Date(now).toISOString() } })
  })

  mount(
    api,
    contracts.getFile,
    {
      find: async (asked) => {
        const found = await findLiveBackup(deps, asked)
        return found?.files.find((file) => file.id === asked.params.fileId)
      },
    },
    ({ actor, found }) => Promise.resolve({ status: 200, body: showFile(found, actor.now()) }),
  )

  mount(api, contracts.linkFile, { find: (asked) => findKnown(deps, asked) }, async (asked) => {
    const fileId = fileIdOf(asked.command)
    const result = await sendCommand(deps, asked, 'linkFile', { ...asked.body, fileId })
    if (result.kind !== 'accepted') return notAccepted(result, fileId)
    const file = await readFile(deps, asked.actor, { backupId: asked.found.id, fileId })
    if (!file) return problem('NOT_FOUND') // linked by an earlier request of this key, removed since
    switch (file.status) {
      case 'mismatch':
        return problem('ACCOUNT_ACCESSION_MISMATCH', { repository: repositoryOf(file.dataType) })
      case 'checking':
        return { status: 202, body: showFile(file, asked.actor.now()) }
      case 'pending':
      case 'done':
        return { status: 201, body: showFile(file, asked.actor.now()) }
    }
  })

  mount(api, contracts.editFile, { find: (asked) => findKnownFile(deps, asked) }, async (asked) => {
    const { backupId, fileId } = asked.params
    const sent = await sendCommand(deps, asked, 'editFile', { ...asked.body, fileId })
    const result = await withLastEdit(deps, asked.actor, sent, { backupId, fileId })
    if (result.kind !== 'accepted') return notAccepted(result, fileId)
    const edited = await readFile(deps, asked.actor, { backupId, fileId })
    return edited ? { status: 200, body: showFile(edited, asked.actor.now()) } : problem('NOT_FOUND')
  })

  // R24: one that is removed is found here, and only here.
  const isRemoved = ({ actor, params }: { actor: Actor; params: { backupId: string; fileId: string } }) =>
    readAs(deps.db, actor.accountId, (trx) => wasRemoved(trx, params))
  mount(
    api,
    contracts.removeFile,
    {
      find: async (asked) => {
        const known = await findKnownFile(deps, asked)
        if (known) return { known, removed: false }
        const backup = await findKnown(deps, asked)
        return backup && (await isRemoved(asked)) ? { known: backup, removed: true } : undefined
      },
    },
    async (asked) => {
      if (asked.found.removed) return { status: 204 }
      const { backupId, fileId } = asked.params
      const result = await sendCommand(deps, { ...asked, found: asked.found.known }, 'removeFile', { fileId })
      deps.known.forgetBackup(asked.actor.accountId, backupId)
      if (result.kind === 'accepted') return { status: 204 }
      // Known here, but removed meanwhile by another process.
      const isGone = result.kind === 'refused' && result.refusal.code === 'NOT_FOUND'
      return isGone && (await isRemoved(asked)) ? { status: 204 } : notAccepted(result, fileId)
    },
  )
}
