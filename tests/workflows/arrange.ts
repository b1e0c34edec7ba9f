/** Backups that stand where a test begins, written as the product writes them. */
import { randomUUID } from 'node:crypto'
import { lockBackup, readBackup, saveBackup } from '../../db/backups.ts'
import type { Backup, DataFile, Discarded, Draft, Submitted } from '../../domain/backup/state.ts'
import { accepted, noConsent, requested, type Consent } from '../../domain/backup/consent.ts'
import { codeOf } from '../../runtime/codes.ts'
import { keyring } from '../../runtime/keys.ts'
import { createDraft, othersFile, type Draft as DraftRow } from '../support/factories.ts'
import { testKeys, type Stage } from '../support/stage.ts'

const keys = keyring(testKeys)

export const aFile = (given: Partial<DataFile> = {}): DataFile => {
  const { fileId, ...file } = othersFile(randomUUID())
  return { ...file, id: fileId, status: 'pending', consent: noConsent, wrongTriesForLife: 0, ...given }
}

/** A code that was accepted at that time. */
export const sentAt = (at: number): Consent => accepted(requested(noConsent, at - 1_000), at)

/** The digits of one generation, whether they were mailed or not. */
export const codeOfFile = (fileId: string, generation: number): string =>
  codeOf(keys, keys.current, fileId, generation)

/** A backup as given, of its own unit and project unless they are given too; its workflow has begun. */
export async function startFrom(
  stage: Stage,
  state: Partial<Draft> | Partial<Submitted> | Partial<Discarded>,
  given: Parameters<typeof createDraft>[1] = {},
): Promise<DraftRow> {
  const draft = await createDraft(stage.owner, given)
  await stage.db.transaction().execute(async (trx) => {
    const before = await lockBackup(trx, draft.id)
    if (!before) throw new Error('There is no such backup')
    await saveBackup(
      trx,
      before,
      { ...before, ...state },
      {
        seen: true,
        keyId: keys.current,
      },
    )
  })
  const tried = (state.files ?? []).filter((file) => file.wrongTriesForLife > 0)
  for (const { accession, wrongTriesForLife: wrong } of tried)
    await stage.owner
      .insertInto('codeTries')
      .values({ projectId: draft.projectId, accessionKey: accession, wrong })
      .execute()
  await stage.start(draft)
  return draft
}

/** The backup as it stands now. */
export async function stateOf(stage: Stage, draft: DraftRow): Promise<Backup> {
  const state = await readBackup(stage.db, draft.id)
  if (!state) throw new Error('There is no such backup')
  return state
}

/** A file that waits for a depositor with an address of its own. */
export async function startPending(stage: Stage, consent: Consent = noConsent) {
  const email = `${randomUUID()}@example.cn`
  const file = aFile({ depositorEmail: email, consent })
  const draft = await startFrom(stage, { files: [file] })
  return { draft, fileId: file.id, email }
}
