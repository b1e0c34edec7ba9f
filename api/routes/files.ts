import { asActor } from '../../db/actor.ts'
import { wasRemoved } from '../../db/files.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import {
  findLiveBackup,
  findLiveFile,
  notAccepted,
  readBackup,
  tell,
  withLastEdit,
} from '../process/backups.ts'
import { fileIdOf } from '../http/command-keys.ts'
import * as contracts from '../contracts/files.ts'
import { type Api, mount } from '../http/mount.ts'
import { refused } from '../http/problems.ts'
import { showFile } from '../show/files.ts'

export function mountFiles(api: Api): void {
  const { deps } = api

  mount(api, contracts.listFiles, { find: (asked) => findLiveBackup(deps, asked) }, ({ actor, found }) => {
    const now = actor.now()
    const items = found.files.map((file) => showFile(file, now))
    return Promise.resolve({ status: 200, body: { items, serverNow: new Date(now).toISOString() } })
  })

  mount(api, contracts.getFile, { find: (asked) => findLiveFile(deps, asked) }, ({ actor, found }) =>
    Promise.resolve({ status: 200, body: showFile(found.file, actor.now()) }),
  )

  mount(api, contracts.linkFile, { find: (asked) => findLiveBackup(deps, asked) }, async (asked) => {
    const fileId = fileIdOf(asked.command)
    const told = await tell(deps, asked, 'linkFile', { ...asked.body, fileId })
    if (told.kind !== 'accepted') return notAccepted(told, fileId)
    const after = await readBackup(deps, asked.actor, asked.found.row.id)
    const file = after?.files.find((known) => known.id === fileId)
    if (!file) return refused('NOT_FOUND') // linked by an earlier request of this key, removed since
    switch (file.status) {
      case 'mismatch':
        return refused('ACCOUNT_ACCESSION_MISMATCH', { repository: repositoryOf(file.dataType) })
      case 'checking':
        return { status: 202, body: showFile(file, asked.actor.now()) }
      case 'pending':
      case 'done':
        return { status: 201, body: showFile(file, asked.actor.now()) }
    }
  })

  mount(api, contracts.editFile, { find: (asked) => findLiveFile(deps, asked) }, async (asked) => {
    const { file, row } = asked.found
    const of = { backupId: row.id, fileId: file.id }
    const sent = await tell(deps, asked, 'editFile', { ...asked.body, fileId: file.id })
    const told = await withLastEdit(deps, asked.actor, sent, of)
    if (told.kind !== 'accepted') return notAccepted(told, file.id)
    const after = await readBackup(deps, asked.actor, row.id)
    const edited = after?.files.find((known) => known.id === file.id)
    return edited ? { status: 200, body: showFile(edited, asked.actor.now()) } : refused('NOT_FOUND')
  })

  mount(
    api,
    contracts.removeFile,
    {
      find: async (asked) => {
        const found = await findLiveBackup(deps, asked)
        if (!found) return undefined
        const { fileId } = asked.params
        if (found.files.some((file) => file.id === fileId)) return { ...found, removed: false }
        const of = { backupId: found.row.id, fileId }
        const removed = await asActor(deps.db, asked.actor.accountId, (trx) => wasRemoved(trx, of))
        return removed ? { ...found, removed } : undefined
      },
    },
    async (asked) => {
      if (asked.found.removed) return { status: 204 }
      const { fileId } = asked.params
      const told = await tell(deps, asked, 'removeFile', { fileId })
      return told.kind === 'accepted' ? { status: 204 } : notAccepted(told, fileId)
    },
  )
}
