/** Backups, files and consents to start from, and what may be said to them. */
import type { Completed, DataFile, Backup, Discarded, Draft } from '../../domain/backup/state.ts'
import {
  accepted,
  expired,
  noConsent,
  requested,
  tried,
  triesPerCode,
  undelivered,
  type Consent,
} from '../../domain/backup/consent.ts'
import { hour, minute } from '../../domain/times.ts'
import type { Command } from '../../domain/backup/commands.ts'
import { decideAs, flat, type Flat, type SomeFacts } from '../support/decide.ts'

export const custodian = 'custodian'
export const now = Date.UTC(2026, 10, 22, 4)
export const lead = 'lead@example.cn'

export const aFile = (given: Partial<DataFile> = {}): DataFile => ({
  id: 'file',
  dataType: 1,
  sampleCount: 50,
  mbPerSample: '2000',
  depositorEmail: 'depositor@example.cn',
  accession: 'HRA000567',
  status: 'pending',
  consent: noConsent,
  wrongTriesForLife: 0,
  ...given,
})

export const aBackup = (given: Partial<Draft> = {}): Draft => ({
  id: 'backup',
  reference: '7Q4K-2MZ9',
  projectId: 'project',
  unitId: 'unit',
  custodianId: custodian,
  leadEmail: lead,
  name: '示例备份',
  contentTypes: ['wgs'],
  stage: 'draft',
  version: 1,
  files: [],
  ...given,
})
export const discarded = (given: Partial<Draft> = {}): Discarded => ({
  ...aBackup(given),
  stage: 'discarded',
})

export const completed = (given: Partial<Completed> = {}): Completed => ({
  ...aBackup({ files: [aFile({ status: 'done' })] }),
  stage: 'completed',
  number: 'BF2026112200001',
  issuedAt: now - hour,
  report: { version: 1, acknowledged: 0 },
  ...given,
})

const times = <T>(count: number, value: T, step: (value: T) => T): T =>
  count === 0 ? value : times(count - 1, step(value), step)
const sentAt = (at: number): Consent => accepted(requested(noConsent, at - 1_000), at)

/** Every consent that can be met, as of `now`. */
export const consents = {
  unsent: noConsent,
  sending: requested(noConsent, now - minute),
  'sent 4 minutes ago': sentAt(now - 4 * minute),
  'sent an hour ago': sentAt(now - hour),
  'sent 48 hours ago': sentAt(now - 48 * hour),
  'sending again': requested(sentAt(now - hour), now - minute),
  undelivered: undelivered(requested(noConsent, now - hour), 'no-such-address'),
  'undelivered, old code alive': undelivered(requested(sentAt(now - hour), now - minute), 'rejected'),
  expired: expired(sentAt(now - 50 * hour)),
  voided: times(triesPerCode, sentAt(now - hour), (consent) => tried(consent, now)),
  'voided 4 minutes after the mail': times(triesPerCode, sentAt(now - 4 * minute), (consent) =>
    tried(consent, now),
  ),
} satisfies Record<string, Consent>
export type ConsentName = keyof typeof consents

type Given = { facts?: SomeFacts; actor?: string | null; at?: number }
/** As the custodian, now, unless said otherwise. */
export const say = (
  state: Backup,
  command: Command,
  { facts = {}, actor = custodian, at = now }: Given = {},
): Flat => flat(state, decideAs(state, command, facts, actor, at))

/** `changed`, `same` (accepted, nothing changed), or the code of the refusal, `+` when something was counted. */
export function saidOf(state: Backup, decision: Flat): string {
  const moved = decision.state !== state
  if (decision.answer.ok) return moved ? 'changed' : 'same'
  return decision.answer.code + (moved || decision.count ? '+' : '')
}
