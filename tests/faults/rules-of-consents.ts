/** Rules of the checker: the times of consents, and the limits of a day. Times are those of the backup's own process. */
import type { AuditRow, Evidence, Json } from './evidence.ts'
import { backupsById, dayMs, fold, group, movedOnMs, toleranceMs, type Found, type Rule } from './reading.ts' // prettier-ignore

const lifeOfCode = 2 * dayMs
const givenUpAfter = dayMs
const mostMismatches = 20
const mostWrongCodes = 50
const mostMailsOfRequester = 10
/** A process looks at its clock when it is woken; Temporal, a worker or Postgres may have been away. */
const latestExpiryMs = 120_000

type Told = { row: AuditRow; id: string; was: Json; is: Json }
/** Each change of a file's consent, in order; `was` and `is` have what the audit has told so far. */
function consentsTold({ tables }: Evidence): Told[] {
  const known = new Map<string, Json>()
  const filesIn = (side: Json | null) => (side?.['files'] as Json[] | undefined) ?? []
  return [...tables.audit]
    .sort((a, b) => a.id - b.id)
    .flatMap((row) =>
      filesIn(row.after).flatMap((file): Told[] => {
        const id = String(file['id'])
        const was = known.get(id) ?? {}
        const is = { ...was, ...(file['consent'] as Json | undefined) }
        known.set(id, is)
        return file['consent'] === undefined ? [] : [{ row, id, was, is }]
      }),
    )
}

export const rulesOfConsents: Record<string, Rule> = {
  'R27 a code is good for 48 hours from its acceptance': ({ tables }) => [
    ...tables.consents.flatMap(({ file_id, status, sent_at, expires_at }): Found[] => {
      if (status !== 'sent') return []
      const life = Date.parse(expires_at ?? '') - Date.parse(sent_at ?? '')
      return life === lifeOfCode ? [] : [{ text: `file ${file_id}: its code is good for ${life} ms` }]
    }),
  ],

  'R27 each consent keeps its times': (evidence) => {
    const backups = backupsById(evidence)
    const reference = (row: AuditRow) => backups.get(row.backup_id ?? '')?.reference ?? ''
    return consentsTold(evidence).flatMap(({ row, id, was, is }): Found[] => {
      const at = Date.parse(row.at)
      const say = (text: string): Found[] => [{ text: `file ${id}, ${row.action} at ${row.at}: ${text}` }]
      const [sentAt, expiresAt, requestedAt] = [is['sentAt'], is['expiresAt'], was['requestedAt']].map(Number)
      switch (is['status'] === was['status'] ? '' : is['status']) {
        case 'sent':
          if (sentAt !== at || expiresAt !== at + lifeOfCode)
            return say(`sent ${sentAt}, good until ${expiresAt}`)
          // A process that Temporal has lost starts again with the time of everybody.
          return at < Number(requestedAt) - toleranceMs - movedOnMs(evidence, reference(row), 0, Infinity)
            ? say(`asked for at ${requestedAt}`)
            : []
        case 'expired': {
          const until = Number(was['expiresAt'])
          return at < until ? say(`its code was good until ${new Date(until).toISOString()}`) : []
        }
        case 'undelivered': {
          const isGivenUp = row.params['trouble'] === 'not-accepted'
          const wasOlder = movedOnMs(evidence, reference(row), 0, Infinity)
          return isGivenUp && at + wasOlder < Number(requestedAt) + givenUpAfter
            ? say('given up too early')
            : []
        }
        default:
          return []
      }
    })
  },

  'R28 no code is taken after its time': (evidence) => {
    const told = consentsTold(evidence)
    return evidence.tables.audit
      .filter(({ action }) => action === 'fileAuthorised')
      .flatMap((row): Found[] => {
        const last = told.filter((one) => one.id === row.file_id && one.row.id < row.id).at(-1)?.is
        if (!last || last['status'] === 'sending') return [] // the code on its way has no end yet
        const isGood = last['expiresAt'] !== null && Date.parse(row.at) < Number(last['expiresAt'])
        return isGood
          ? []
          : [{ text: `file ${row.file_id} at ${row.at}: its consent was ${JSON.stringify(last)}` }]
      })
  },

  'R29 what has expired says so': ({ tables, gatheredAt }) => {
    const drafts = new Set(tables.backups.filter(({ stage }) => stage === 'draft').map(({ id }) => id))
    const pending = new Set(
      tables.data_files
        .filter((file) => file.removed_at === null && file.status === 'pending' && drafts.has(file.backup_id))
        .map(({ id }) => id),
    )
    return tables.consents
      .filter(({ file_id, status }) => status === 'sent' && pending.has(file_id))
      .filter(({ expires_at }) => Date.parse(expires_at ?? '') < gatheredAt - latestExpiryMs)
      .map(({ file_id, expires_at }) => ({ text: `file ${file_id} is sent, its code ended ${expires_at}` }))
  },

  'R20, R28 no account has more than its day allows': ({ tables }) => {
    const custodian = new Map(tables.backups.map((backup) => [backup.id, backup.custodian_id]))
    const email = new Map(tables.data_files.map((file) => [file.id, fold(file.depositor_email)]))
    const ownerOf = (row: AuditRow) => row.actor_id ?? custodian.get(row.backup_id ?? '') ?? ''
    const rows = [...tables.audit].sort((a, b) => a.id - b.id)
    const givenBack = new Set(
      rows.filter(({ action }) => action === 'codeUndelivered').map((row) => row.file_id),
    )
    /** Each of `kinds` that comes after `most` others of the day before it; `counts`: what counts beside them. */
    const beyond = (
      most: number,
      kinds: string[],
      counts: string[],
      subjectOf: (row: AuditRow) => string,
    ) => {
      const counted = group(
        rows.filter(({ action }) => [...kinds, ...counts].includes(action)),
        subjectOf,
      )
      return [...counted].flatMap(([subject, all]): Found[] => {
        const over = all.find(
          (row, i) =>
            kinds.includes(row.action) &&
            all.slice(0, i).filter(({ at }) => Date.parse(at) > Date.parse(row.at) - dayMs).length >= most,
        )
        return over
          ? [{ text: `${subject}: more than ${most} × ${kinds.join(', ')} in a day, at ${over.at}` }]
          : []
      })
    }
    return [
      ...beyond(mostMismatches, ['lookUpRefused'], ['fileMismatched'], ownerOf),
      ...beyond(mostWrongCodes, ['codeWrong', 'codeVoided', 'fileLocked'], [], ownerOf),
      // A mail that will not arrive counts no more, so files that had one are left out.
      ...beyond(mostMailsOfRequester, ['codeRequested'], [], (row) =>
        givenBack.has(row.file_id)
          ? `file ${row.file_id}`
          : `${ownerOf(row)} to ${email.get(row.file_id ?? '') ?? '?'}`,
      ),
    ]
  },
}
