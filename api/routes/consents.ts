import { codeLifetime, resendAfter } from '../../domain/backup/consent.ts'
import { typedProof } from '../../runtime/codes.ts'
import { type FoundFile, findLiveFile, notAccepted, readBackup, tell } from '../process/backups.ts'
import { enterCode, sendCode } from '../contracts/consents.ts'
import type { Actor } from '../deps.ts'
import { type Api, mount } from '../http/mount.ts'
import { refused } from '../http/problems.ts'
import { showFile } from '../show/files.ts'
import { isoTime } from '../show/times.ts'

export function mountConsents(api: Api): void {
  const { deps } = api
  const readFile = async (actor: Actor, { row, file }: FoundFile) => {
    const after = await readBackup(deps, actor, row.id)
    return after?.files.find((known) => known.id === file.id)
  }

  mount(api, sendCode, { find: (asked) => findLiveFile(deps, asked) }, async (asked) => {
    const { id: fileId } = asked.found.file
    const told = await tell(deps, asked, 'sendCode', { fileId })
    if (told.kind !== 'accepted') return notAccepted(told, fileId)
    const file = await readFile(asked.actor, asked.found)
    if (!file) return refused('NOT_FOUND')
    const { status, sentAt, trouble } = file.consent
    const serverNow = isoTime(asked.actor.now())
    if (status === 'sending') return { status: 202, body: { status, serverNow } }
    if (status === 'undelivered') return { status: 200, body: { status, trouble, serverNow } }
    if (sentAt === null) return refused('CODE_NOT_SENT') // an accepted command leaves none of this
    // R27: also of a code that has expired or was voided since; when it was sent stays what it was.
    const [expiresAt, resendAt] = [isoTime(sentAt + codeLifetime), isoTime(sentAt + resendAfter)]
    return { status: 201, body: { sentAt: isoTime(sentAt), expiresAt, resendAt, serverNow } }
  })

  mount(api, enterCode, { find: (asked) => findLiveFile(deps, asked) }, async (asked) => {
    const { file } = asked.found
    if (file.status === 'done') return { status: 200, body: showFile(file, asked.actor.now()) }
    // R31: what was typed goes no further than this line.
    const proof = typedProof(deps.codeKeys, deps.codeKeys.current, file.id, asked.body.code)
    const told = await tell(deps, asked, 'enterCode', { fileId: file.id, proof })
    if (told.kind !== 'accepted') return notAccepted(told, file.id)
    const after = await readFile(asked.actor, asked.found)
    return after ? { status: 200, body: showFile(after, asked.actor.now()) } : refused('NOT_FOUND')
  })
}
