/** What the rules of a code must know: its limits, and the data set's other files (R27, R28). */
import { sql } from 'kysely'
import { accessionKey } from '../domain/accessions.ts'
import { limits } from '../domain/backup/consent.ts'
import type { Counted, FactsOf } from '../domain/backup/facts.ts'
import type { DataFile } from '../domain/backup/state.ts'
import { emailKey } from '../domain/text.ts'
import { day } from '../domain/times.ts'
import { inOneMessage } from './compiled.ts'
import type { Trx } from './connect.ts'
import {
  codeSubject,
  type CountedJson,
  countedIn,
  counting,
  holding,
  ownMailSubject,
  type Window,
} from './windows.ts'

type OfFile = { projectId: string; file: DataFile }

/** Transactions for the same data set or recipient wait for each other here, so the second one counts the mail of the first. */
export async function findCodeFacts(
  trx: Trx,
  of: OfFile & { accountId: string },
  now: number,
): Promise<FactsOf['sendCode']> {
  const own = ownMailSubject(of.accountId, of.file.depositorEmail)
  const recipient = emailKey(of.file.depositorEmail)
  const dataSet = codeSubject(of.projectId, of.file.accession)
  const windows: Window[] = [
    { kind: 'code', subject: dataSet, limit: limits.codesPerFile, windowMs: day },
    { kind: 'ownMail', subject: own, limit: limits.mailsPerRequesterDay, windowMs: day },
    { kind: 'ownMail', subject: own, limit: 1, windowMs: day },
    { kind: 'mail', subject: recipient, limit: limits.mailsPerRecipientDay, windowMs: day },
    { kind: 'mail', subject: recipient, limit: limits.mailsPerRecipientWeek, windowMs: 7 * day },
  ]
  type Found = { counts: CountedJson[]; mailedAt: Date | null }
  const [, { rows }] = await inOneMessage(
    trx,
    (asked) => sql`select ${holding(windows)} as held`.execute(asked),
    (asked) =>
      sql<Found>`select ${counting(windows, now)} as counts, ${lastMailed(of)} as mailed_at`.execute(asked),
  )
  const none: Counted = { count: 0, freeAt: now }
  const counted = countedIn(windows, rows[0]?.counts ?? [], now)
  const [codes = none, ownMails = none, lastOwnMail = none, mailsInDay = none, mailsInWeek = none] = counted
  const mailedAt = rows[0]?.mailedAt?.getTime() ?? null
  return { codes, ownMails, lastOwnMail, mailsInDay, mailsInWeek, mailedAt }
}

/**
 * R27: when a code for this data set was mailed to this recipient, or asked for, last by another file, also a removed one,
 * of any project. Addresses are kept in ASCII, so lower case is what they are compared by.
 */
const lastMailed = ({ file }: OfFile) => sql`
  (select max(greatest(c.sent_at, c.requested_at)) from data_files f join consents c on c.file_id = f.id
    where f.accession_key = ${accessionKey(file.accession)} and lower(f.depositor_email) = ${emailKey(file.depositorEmail)}
      and f.id <> ${file.id})`

/**
 * R28: wrong codes so far for this data set in this project, and of this account; both are held, so that tries queue up.
 * `keyId`: the key with which the codes of the file are made.
 */
export async function findTryFacts(
  trx: Trx,
  of: OfFile & { accountId: string },
  now: number,
): Promise<Omit<FactsOf['enterCode'], 'isRight'> & { keyId: string }> {
  const windows: Window[] = [
    { kind: 'wrongCode', subject: of.accountId, limit: limits.wrongCodesPerAccount, windowMs: day },
  ]
  const hold = sql<{ wrong: number }>`
    with tries as (insert into code_tries (project_id, accession_key, wrong)
      values (${of.projectId}, ${accessionKey(of.file.accession)}, 0)
      on conflict (project_id, accession_key) do update set wrong = code_tries.wrong returning wrong)
    select wrong, ${holding(windows)} as held from tries`
  const find = sql<{ counts: CountedJson[]; keyId: string }>`
    select ${counting(windows, now)} as counts, key_id from consents where file_id = ${of.file.id}`
  const [held, { rows }] = await inOneMessage(
    trx,
    (asked) => hold.execute(asked),
    (asked) => find.execute(asked),
  )
  const [tries, found] = [held.rows[0], rows[0]]
  if (!tries || !found) throw new Error('The file has no consent')
  const [wrongCodes = { count: 0, freeAt: now }] = countedIn(windows, found.counts, now)
  return { wrongTriesForLife: tries.wrong, wrongCodes, keyId: found.keyId }
}

/** An expression: wrong codes so far for this data set in this project, without holding anything (R28). */
export const wrongTries = (projectId: string, accession: string) => sql`
  (select wrong from code_tries
    where project_id = ${projectId} and accession_key = ${accessionKey(accession)})`
