import { codeLifetime, resendAfter } from '../../domain/backup/consent.ts'
import { typedProof } from '../../runtime/codes.ts'
import { findKnownFile, notAccepted, readFile, sendCommand } from '../process/backups.ts'
import { enterCode, sendCode } from '../contracts/consents.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'
import { showFile } from '../show/files.ts'
import { isoTime } from '../show/times.ts'

export function mountConsents(api: Api): void {
  const { deps } = api

  mount(api, sendCode, { find: (asked) => findKnownFile(deps, asked) }, async (asked) => {
    const { fileId } = asked.params
    const result = await sendCommand(deps, asked, 'sendCode', { fileId })
    if (result.kind !== 'accepted') return notAccepted(result, fileId)
    const file = await readFile(deps, asked.actor, asked.params)
    if (!file) return problem('NOT_FOUND')
    const { status, sentAt, trouble } = file.consent
    const serverNow = isoTime(asked.actor.now())
    if (status === 'sending') return { status: 202, body: { status, serverNow } }
    if (status === 'undelivered') return { status: 200, body: { status, trouble, serverNow } }
    if (sentAt === null) return problem('CODE_NOT_SENT') // an accepted command leaves none of this
    // R27: also of a code that has expired or was voided since; when it was sent stays what it was.
    const [expiresAt, resendAt] = [isoTime(sentAt + codeLifetime), isoTime(sentAt + resendAfter)]
    return { status: 201, body: { sentAt: isoTime(sentAt), expiresAt, resendAt, serverNow } }
  })

  mount(api, enterCode, { find: (asked) => findKnownFile(deps, asked) }, async (asked) => {
    const { fileId } = asked.params
    if (!asked.found.files.get(fileId)?.isDone) {
      // R31: what was typed goes no further than this line.
      const proof = typedProof(deps.codeKeys, asked.command.hashKeyId, fileId, asked.body.code)
      const result = await sendCommand(deps, asked, 'enterCode', { fileId, proof })
      if (result.kind !== 'accepted') return notAccepted(result, fileId)
    }
    const file = await readFile(deps, asked.actor, asked.params)
    return file ? { status: 200, body: showFile(file, asked.actor.now()) } : problem('NOT_FOUND')
  })
}
