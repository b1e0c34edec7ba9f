/**
 * Judges a fault run by what clients saw and what is stored. It shares no code with the product: rules are said
 * here a second time, as small as possible, so that a mistake must be made twice to go unseen.
 */
import { createHash } from 'node:crypto'
import { lastLook } from './evidence.ts'
import type { AuditRow, BackupRow, Entry, Evidence, FileRow, Json, Lookup, Report } from './evidence.ts'
import {
  isAbsent,
  movedOnMs,
  backupsById,
  backupsIn,
  codeOf,
  codesIn,
  dataSetOf,
  dayMs,
  fold,
  group,
  isAccepted,
  isAction,
  isDefinite,
  isLink,
  isSubmission,
  isVerification,
  plain,
  repositoryOfType,
  same,
  shanghaiDay,
  textAt,
  thingOf,
  thousandths,
  toleranceMs,
  totalOf,
  type Violation,
  type Found,
  type Rule,
} from './reading.ts'
import { rulesOfConsents } from './rules-of-consents.ts'
import { rulesOfPeople } from './rules-of-people.ts'

const mostWrongPerCode = 5
const mostWrongPerDataSet = 20
const mostCodesPerDay = 5
const betweenCodesMs = 300_000
/** Of a workflow task, when nothing is broken any more. */
const mostAttempts = 2

/** A process that was killed may have done, just before, something that it could not write down. */
const unrecordedMs = 5_000
/** Postgres needs so long to come back, and until then nothing is written down. */
const databaseAwayMs = 15_000
/** Retries begin after 0, 1, 2, 4 … s; the sweep and a new worker may begin anew now and then. */
const mostLookupsIn10s = 8

/** A run in which little happens shows nothing. An ordinary one has several times as much. */
const requestsPerPersonMinute = 40
const numbersPerPersonMinute = 0.3
const codesPerPersonMinute = 0.2
const looksPerPersonMinute = 4
const shareAnswered = 0.6
const shareDecided = 0.35
/** Of what takes a day or a hundred turns. */
const timesPerMinute = 0.1
/** Of the commands of one kind, when there were enough of them to tell. */
const shareOfKind = 0.5
const commandsOfKind = 15

/** Everything that is wrong; each with the lines of the journal that show it. */
export function check(seen: Evidence): Violation[] {
  const evidence = {
    ...seen,
    journal: seen.journal.filter((entry) => entry.status !== 401 || !isAbsent(seen, entry)),
  }
  return Object.entries(rules).flatMap(([rule, find]) =>
    find(evidence).map(({ text, entries = [] }) => ({ rule, text, entries })),
  )
}

// What was broken on purpose --------------------------------------------------------------------------------------

/** Was a switch of this target set so that `test` holds, at some time between the two? */
function wasSet(
  { happened }: Evidence,
  target: string,
  from: number,
  to: number,
  test: (fault: NonNullable<Evidence['happened'][number]['fault']>) => boolean,
): boolean {
  const isRepository = repositoryOfType.includes(target)
  const switches = happened.filter(
    (one) => one.target === target || (isRepository && one.target === 'repository'),
  )
  return switches.some(({ at, fault }, i) => {
    const until = switches.slice(i + 1).find(({ done }) => done < Infinity)?.done ?? Infinity
    return fault !== undefined && test(fault) && at <= to && until >= from
  })
}

/**
 * Something arrived at these times, and once would have been enough. Each repetition needs a cause of its own: who took
 * it before answered nonsense or hung up on purpose, or a process was killed that might have written down that it had
 * arrived: a worker, the database, or the one that took it. One kill explains one repetition.
 */
function unexplained(evidence: Evidence, target: string, arrivals: readonly number[]): number {
  // A mail that is given up while it arrives may be asked for again.
  const kills = evidence.happened.filter(
    ({ kill = 'api', seconds }) =>
      ['worker', 'worker2', 'postgres', 'stand-ins'].includes(kill) || seconds !== undefined,
  )
  const used = new Set<(typeof kills)[number]>()
  const slowest = Math.max(0, ...evidence.happened.map(({ fault }) => fault?.ms ?? 0))
  return arrivals.slice(0, -1).filter((at, i) => {
    const next = arrivals[i + 1] ?? Infinity
    const lied = wasSet(evidence, target, at - toleranceMs, at + toleranceMs, ({ mode }) =>
      ['wrong', 'down'].includes(mode ?? ''),
    )
    if (lied) return false
    const isSlow = wasSet(evidence, target, at - slowest, at, ({ mode }) => mode === 'slow')
    const before = toleranceMs + (isSlow ? slowest : 0)
    const cause = kills.find(
      (kill) =>
        !used.has(kill) &&
        kill.at >= at - before - (kill.kill === 'worker' || kill.kill === 'worker2' ? 0 : databaseAwayMs) &&
        kill.at <= Math.min(next, at + unrecordedMs),
    )
    if (cause) used.add(cause)
    return !cause
  }).length
}

const times = (list: readonly { at: string }[]): number[] =>
  list.map(({ at }) => Date.parse(at)).sort((a, b) => a - b)

/** Links of a data set, one for each key, and what its repository was asked about it. */
function askedAbout({ journal, lookups }: Evidence) {
  const name = (repository: string, accession: string, account: string) =>
    [
      repository,
      accession
        .trim()
        .toUpperCase()
        .replace(/\.\d+$/, ''),
      fold(account),
    ].join(' ')
  const links = group(
    journal.filter((entry) => isLink(entry) && entry.body !== null),
    ({ body }) =>
      name(
        repositoryOfType[Number(body?.['dataType'])] ?? '',
        textAt(body, 'accession'),
        textAt(body, 'depositorEmail'),
      ),
  )
  const asked = group(lookups, (one) => name(one.repository, one.accession, one.account))
  return [...asked].map(([dataSet, all]) => {
    const entries = links.get(dataSet) ?? []
    const keys = new Set(entries.map(({ who, path, key }) => `${who} ${path} ${key}`))
    return { dataSet, lookups: all, entries, links: keys.size }
  })
}

// The rules -----------------------------------------------------------------------------------------------------

export const rules: Record<string, Rule> = {
  ...rulesOfConsents,
  ...rulesOfPeople,

  'R33 numbers have their form and follow each other without gaps': ({ tables }) => {
    const found: Found[] = []
    const seen = new Set<string>()
    for (const { number, issued_at } of tables.numbers) {
      if (!/^BF\d{8}\d{5,}$/.test(number)) found.push({ text: `${number} has not the form of a number` })
      if (number.slice(2, 10) !== shanghaiDay(issued_at))
        found.push({ text: `${number} was issued on ${shanghaiDay(issued_at)}` })
      if (seen.has(number)) found.push({ text: `${number} is there twice` })
      seen.add(number)
    }
    for (const [day, numbers] of group(tables.numbers, ({ number }) => number.slice(2, 10))) {
      const serials = numbers.map(({ number }) => Number(number.slice(10))).sort((a, b) => a - b)
      const gap = serials.findIndex((serial, i) => serial !== i + 1)
      if (gap >= 0) found.push({ text: `${day}: instead of ${gap + 1} comes ${serials[gap]}` })
      const counter = tables.number_counters.find((row) => row.day.replaceAll('-', '') === day)
      if (counter?.last !== serials.length)
        found.push({ text: `${day}: the counter says ${counter?.last}, there are ${serials.length}` })
    }
    return found
  },

  'R33 a backup has one number, and only a completed one': ({ tables }) => {
    const byBackup = group(tables.numbers, (row) => row.backup_id)
    return tables.backups.flatMap((backup): Found[] => {
      const numbers = byBackup.get(backup.id) ?? []
      const isCompleted = backup.stage === 'completed'
      if (numbers.length !== (isCompleted ? 1 : 0))
        return [{ text: `${backup.reference} is ${backup.stage} and has ${numbers.length} numbers` }]
      if (isCompleted && (backup.number !== numbers[0]?.number || !backup.snapshot || !backup.issued_at))
        return [{ text: `${backup.reference}: number, time or snapshot is missing or another` }]
      if (!isCompleted && backup.number !== null)
        return [{ text: `${backup.reference} is ${backup.stage} and says ${backup.number}` }]
      return []
    })
  },

  'R33 no number was shown that is not stored, and it stays': (evidence) => {
    const backups = backupsById(evidence)
    const found: Found[] = []
    const firstSeen = new Map<string, Entry>()
    for (const entry of [...evidence.journal].sort((a, b) => a.ended - b.ended)) {
      const shown = backupsIn(entry.answer).map((one) => ({ id: String(one['id']), number: one['number'] }))
      const { backup } = thingOf(entry.path)
      if (backup && (isSubmission(entry) || entry.path.endsWith('/snapshot')) && entry.status === 200)
        shown.push({ id: backup, number: entry.answer?.['number'] })
      for (const { id, number } of shown) {
        const stored = backups.get(id)?.number ?? null
        if (number != null && number !== stored)
          found.push({
            text: `shown ${JSON.stringify(number)}, stored ${stored} for ${id}`,
            entries: [entry],
          })
        const first = firstSeen.get(id)
        if (number != null && !first) firstSeen.set(id, entry)
        if (number == null && first && entry.at > first.ended)
          found.push({ text: `the number of ${id} was gone again`, entries: [first, entry] })
      }
    }
    return found
  },

  'R34 what was locked does not change': (evidence) => {
    const found: Found[] = []
    const { tables } = evidence
    const files = group(tables.data_files, (file) => file.backup_id)
    const audit = group(tables.audit, (row) => row.backup_id)
    for (const backup of tables.backups) {
      if (!backup.snapshot) continue
      const { snapshot } = backup
      const now = (files.get(backup.id) ?? []).filter((file) => file.removed_at === null)
      const locked = {
        name: backup.name,
        contentTypes: [...backup.content_types].sort(),
        files: now.map((file) => [file.data_type, file.accession, file.depositor_email].join(' ')).sort(),
      }
      const issued = {
        name: snapshot.name,
        contentTypes: [...snapshot.contentTypes].sort(),
        files: snapshot.files
          .map((file) => [file.dataType, file.accession, file.depositorEmail].join(' '))
          .sort(),
      }
      if (!same(locked, issued))
        found.push({
          text: `${backup.reference}: issued ${plain(issued)}, now ${plain(locked)}`,
          entries: evidence.journal.filter(({ path }) => path.includes(backup.id)),
        })
      if (now.some((file) => file.status !== 'done'))
        found.push({ text: `${backup.reference} is locked with a file that is not 完成` })
      const rows = audit.get(backup.id) ?? []
      const issuing = rows.findIndex((row) => row.action === 'numberIssued')
      const late = rows
        .slice(issuing + 1)
        .filter((row) => !['numberSynced', 'fileAmended'].includes(row.action))
      if (issuing >= 0 && late.length > 0)
        found.push({
          text: `${backup.reference}: ${late.map((row) => row.action).join(', ')} after the lock`,
        })
    }
    const snapshots = evidence.journal.filter(
      ({ path, status }) => path.endsWith('/snapshot') && status === 200,
    )
    for (const [path, entries] of group(snapshots, (entry) => entry.path)) {
      const other = entries.find((entry) => !same(entry.answer, entries[0]?.answer))
      if (other)
        found.push({ text: `${path} was answered differently`, entries: [entries[0] ?? other, other] })
    }
    return found
  },

  'R35, R37 each version is one change of amounts, told in order until acknowledged': (evidence) => {
    const { tables } = evidence
    const found: Found[] = []
    const syncs = group(tables.report_syncs, (row) => row.backup_id)
    const received = group(evidence.received, (row) => row.number)
    const audit = group(tables.audit, (row) => row.backup_id)
    for (const backup of tables.backups) {
      const versions = (syncs.get(backup.id) ?? []).sort((a, b) => a.version - b.version)
      const say = (text: string) => found.push({ text: `${backup.reference}: ${text}` })
      const numbersOf = (list: { version: number }[]) => list.map(({ version }) => version).join(',')
      const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1).join(',')
      if (numbersOf(versions) !== upTo(backup.report_version))
        say(`versions ${numbersOf(versions)} instead of 1…${backup.report_version}`)
      const amended = (audit.get(backup.id) ?? [])
        .filter((row) => row.action === 'fileAmended')
        .map((row) => ({ version: Number(row.params['version']) }))
      const expected = versions.slice(1).map(({ version }) => ({ version }))
      if (numbersOf(amended) !== numbersOf(expected))
        say(`amendments in the audit: ${numbersOf(amended)}, versions to tell: ${numbersOf(expected)}`)
      versions.forEach(({ version, payload }, i) => {
        const before = i === 0 ? backup.snapshot : versions[i - 1]?.payload
        if (totalOf(payload.files) !== thousandths(payload.sizeMb)) say(`version ${version} adds up wrongly`)
        if (i === 0 && !same(payload, backup.snapshot)) say('version 1 is not the snapshot')
        if (i > 0 && before && !isAmendment(before, payload)) say(`version ${version} changes something else`)
      })
      const last = versions.at(-1)?.payload
      const rows = tables.data_files.filter((f) => f.backup_id === backup.id && f.removed_at === null)
      const now = rows.map((f) => `${f.accession} ${f.sample_count} ${f.mb_per_sample}`)
      const told = last?.files.map((f) => `${f.accession} ${f.sampleCount} ${Number(f.mbPerSample)}`)
      if (told && !same([...told].sort(), [...now].sort()))
        say(`told ${told.join('; ')}, stored ${now.join('; ')}`)

      const arrived = backup.number === null ? [] : (received.get(backup.number) ?? [])
      const first = [...new Set(arrived.map(({ version }) => version))]
      if (first.join(',') !== upTo(first.length)) say(`the report system got ${first.join(',')}`)
      if (first.length < backup.report_acknowledged)
        say(`${backup.report_acknowledged} acknowledged, ${first.length} arrived`)
      for (const one of arrived) {
        const payload = versions.find(({ version }) => version === one.version)?.payload
        if (
          !payload ||
          one.name !== payload.name ||
          one.files !== payload.files.length ||
          thousandths(one.sizeMb) !== thousandths(payload.sizeMb)
        )
          say(`the report system got another version ${one.version} than is stored`)
      }
    }
    const known = new Set(tables.numbers.map(({ number }) => number))
    for (const number of received.keys())
      if (!known.has(number)) found.push({ text: `the report system knows ${number}, the database does not` })
    return found
  },

  'R20, R22 a file is 完成 only with a match, and by the same e-mail or a code': (evidence) => {
    const found: Found[] = []
    const backups = backupsById(evidence)
    const leadOf = new Map(evidence.tables.projects.map((project) => [project.id, project.lead_email]))
    const codes = group(codesIn(evidence.inbox), ({ file }) => file)
    const bare = (accession: string) => accession.toUpperCase().replace(/\.\d+$/, '')
    const matches = (file: FileRow) =>
      evidence.dataSets.some(
        (known) =>
          known.repository === repositoryOfType[file.data_type] &&
          bare(known.accession) === bare(file.accession) &&
          fold(known.account) === fold(file.depositor_email),
      )
    for (const file of evidence.tables.data_files) {
      const say = (text: string, entries: Entry[] = []) =>
        found.push({ text: `file ${file.id} (${file.accession}) is ${file.status}: ${text}`, entries })
      if (file.status === 'mismatch' && matches(file)) say('the repository says match')
      if (['pending', 'done'].includes(file.status) && !matches(file)) say('the repository says mismatch')
      const lead = leadOf.get(backups.get(file.backup_id)?.project_id ?? '') ?? ''
      const isOwn = fold(lead) === fold(file.depositor_email)
      if (file.status === 'pending' && isOwn) say('it is deposited by the lead')
      if (file.status !== 'done' || isOwn) continue
      const tries = evidence.journal.filter(
        (entry) => isVerification(entry) && thingOf(entry.path).file === file.id,
      )
      const mailed = codes.get(file.id) ?? []
      const right = tries.some((entry) => mailed.some(({ code }) => code === entry.body?.['code']))
      if (!right) say('no person entered a code that was mailed for it', tries)
    }
    return found
  },

  'R28 a right code of the newest mail is not called wrong': (evidence) => {
    const codes = group(codesIn(evidence.inbox), ({ file }) => file)
    const backups = backupsById(evidence)
    return evidence.journal
      .filter((entry) => isVerification(entry) && codeOf(entry) === 'CODE_WRONG')
      .flatMap((entry): Found[] => {
        const mailed = codes.get(thingOf(entry.path).file ?? '') ?? []
        const before = mailed.filter(({ mail }) => Date.parse(mail.at) < entry.at)
        const during = mailed.filter(({ mail }) => Date.parse(mail.at) < entry.ended)
        const newest = before.at(-1)
        const isNewest = newest !== undefined && during.every((one) => one.generation <= newest.generation)
        const reference = backups.get(thingOf(entry.path).backup ?? '')?.reference ?? ''
        const mayHaveExpired =
          isNewest &&
          movedOnMs(evidence, reference, Date.parse(newest.mail.at), entry.ended) >= 2 * dayMs - toleranceMs
        return isNewest && !mayHaveExpired && newest.code === entry.body?.['code']
          ? [{ text: `generation ${newest.generation} of ${newest.file} was called wrong`, entries: [entry] }]
          : []
      })
  },

  'R28 tries are limited': ({ tables, journal }) => {
    const found: Found[] = []
    const files = new Map(tables.data_files.map((file) => [file.id, file]))
    const wrong = (row: AuditRow) => ['codeWrong', 'codeVoided', 'fileLocked'].includes(row.action)
    for (const [fileId, rows] of group(
      tables.audit.filter((row) => row.file_id !== null),
      (row) => row.file_id ?? '',
    )) {
      let [current, next, isOnItsWay] = [0, 0, false]
      for (const row of rows) {
        if (row.action === 'codeRequested') isOnItsWay = true
        if (row.action === 'codeUndelivered') isOnItsWay = false
        if (row.action === 'codeSent') [current, next, isOnItsWay] = [next, 0, false]
        if (!wrong(row)) continue
        current += 1
        if (isOnItsWay) next += 1
        if (Math.max(current, next) > mostWrongPerCode)
          found.push({
            text: `file ${fileId}: ${Math.max(current, next)} wrong tries of one code`,
            entries: journal.filter((entry) => isVerification(entry) && thingOf(entry.path).file === fileId),
          })
        if (row.action === 'codeVoided' || row.action === 'fileLocked')
          [current, next, isOnItsWay] = [0, 0, false]
      }
    }
    const perDataSet = group(tables.audit.filter(wrong), (row) => dataSetOf(row, files))
    for (const [dataSet, rows] of perDataSet)
      if (rows.length > mostWrongPerDataSet)
        found.push({ text: `data set ${dataSet}: ${rows.length} wrong tries` })
    for (const { project_id, accession_key, wrong: counted } of tables.code_tries) {
      const seen = perDataSet.get(`${project_id}/${accession_key}`)?.length ?? 0
      if (seen !== counted)
        found.push({
          text: `data set ${project_id}/${accession_key}: ${counted} counted, ${seen} in the audit`,
        })
    }
    for (const consent of tables.consents)
      if (consent.wrong_tries > mostWrongPerCode || consent.wrong_tries_next > mostWrongPerCode)
        found.push({ text: `file ${consent.file_id} counts ${consent.wrong_tries} wrong tries` })
    return found
  },

  'R28 wrong tries are counted once each': (evidence) => {
    const wrongRows = group(
      evidence.tables.audit.filter((row) => ['codeWrong', 'codeVoided', 'fileLocked'].includes(row.action)),
      (row) => row.file_id,
    )
    const tried = group(evidence.journal.filter(isVerification), (entry) => thingOf(entry.path).file)
    return [...wrongRows].flatMap(([file, rows]): Found[] => {
      const entries = tried.get(file ?? undefined) ?? []
      const keys = new Set(entries.map((entry) => entry.key)).size
      const told = new Set(
        entries.filter((entry) => codeOf(entry) === 'CODE_WRONG').map((entry) => entry.key),
      ).size
      return rows.length > keys || rows.length < told
        ? [{ text: `file ${file}: ${keys} tries, ${told} told wrong, ${rows.length} counted`, entries }]
        : []
    })
  },

  'R27, R28 codes are not sent too often': (evidence) => {
    const { tables, inbox } = evidence
    const found: Found[] = []
    const backups = backupsById(evidence)
    const referenceOf = (file: string) => backups.get(files.get(file)?.backup_id ?? '')?.reference ?? ''
    const files = new Map(tables.data_files.map((file) => [file.id, file]))
    const requested = group(
      tables.audit.filter((row) => row.action === 'codeRequested'),
      (row) => dataSetOf(row, files),
    )
    for (const [dataSet, rows] of requested) {
      const times = rows.map((row) => Date.parse(row.at)).sort((a, b) => a - b)
      if (times.some((at, i) => (times[i + mostCodesPerDay] ?? Infinity) - at < dayMs))
        found.push({ text: `data set ${dataSet}: more than ${mostCodesPerDay} codes in a day` })
    }
    const sent = group(
      tables.audit.filter((row) => row.action === 'codeSent'),
      (row) => row.file_id,
    )
    for (const [file, rows] of sent) {
      const inOrder = [...rows].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
      inOrder.slice(1).forEach((row, i) => {
        const before = inOrder[i] ?? row
        const apart = Date.parse(row.at) - Date.parse(before.at)
        // A process that Temporal has lost starts again with the time of everybody, so what was moved on goes back.
        const [from, to] = [before, row].map((one) => Date.parse(one.recorded_at)).sort() as [number, number]
        const moved = movedOnMs(evidence, referenceOf(file ?? ''), from, to)
        if (apart < betweenCodesMs && to - from + moved < betweenCodesMs)
          found.push({ text: `file ${file}: two codes accepted ${apart} ms apart` })
      })
    }
    for (const [file, mails] of group(codesIn(inbox), (one) => one.file))
      for (const mail of mails) {
        const older = mails.find((one) => one.generation === mail.generation - 1)
        const [at, before] = [mail.mail.at, older?.mail.at ?? ''].map((time) => Date.parse(time)) as [
          number,
          number,
        ]
        const apart = older ? at - before + movedOnMs(evidence, referenceOf(file), before, at) : Infinity
        if (apart < betweenCodesMs - toleranceMs && (sent.get(file)?.length ?? 0) > 1)
          found.push({ text: `file ${file}: generations ${mail.generation - 1} and next ${apart} ms apart` })
      }
    return found
  },

  'R27 one generation, one code, never an older one after a newer': ({ inbox, tables }) => {
    const found: Found[] = []
    const files = new Map(tables.data_files.map((file) => [file.id, file]))
    for (const [fileId, mails] of group(codesIn(inbox), ({ file }) => file)) {
      const file = files.get(fileId)
      if (!file) found.push({ text: `a code was mailed for ${fileId}, which is not there` })
      for (const { mail } of mails)
        if (file && (fold(mail.to) !== fold(file.depositor_email) || !mail.text.includes(file.accession)))
          found.push({ text: `the code of ${fileId} went to the wrong person or names another data set` })
      for (const [generation, copies] of group(mails, (one) => one.generation))
        if (new Set(copies.map(({ code }) => code)).size > 1)
          found.push({ text: `file ${fileId}: generation ${generation} has two codes` })
      const codes = group(mails, ({ code }) => code)
      for (const copies of codes.values())
        if (new Set(copies.map(({ generation }) => generation)).size > 1)
          found.push({ text: `file ${fileId}: two generations have the same code` })
      const back = mails.findIndex((one, i) => one.generation < (mails[i - 1]?.generation ?? 0))
      if (back >= 0)
        found.push({
          text: `file ${fileId}: generation ${mails[back]?.generation} arrived after a newer one`,
        })
    }
    return found
  },

  'R27 a code is mailed once': (evidence) => {
    const found: Found[] = []
    for (const [file, mails] of group(codesIn(evidence.inbox), (one) => one.file))
      for (const [generation, copies] of group(mails, (one) => one.generation)) {
        const more = unexplained(evidence, 'mail', times(copies.map(({ mail }) => mail)))
        if (more > 0)
          found.push({
            text: `file ${file}: ${copies.length} copies of generation ${generation}, ${more} without a cause: ${copies.map(({ mail }) => mail.at).join(', ')}`,
          })
      }
    return found
  },

  'R37 a version is told once': (evidence) => {
    const told = group(evidence.received, ({ number, version }) => `${number}, version ${version}`)
    return [...told].flatMap(([what, copies]): Found[] => {
      const more = unexplained(evidence, 'report', times(copies))
      return more > 0
        ? [
            {
              text: `${what}: told ${copies.length} times, ${more} without a cause: ${copies.map(({ at }) => at).join(', ')}`,
            },
          ]
        : []
    })
  },

  'R20 a repository that has answered is not asked again': (evidence) =>
    askedAbout(evidence).flatMap(({ dataSet, lookups, links, entries }): Found[] => {
      const answered = lookups.filter(({ answer }) => answer !== null)
      // Each link asks once. When an answer comes after the link has stopped waiting, the check asks again.
      const late = answered.filter(({ mode }) => mode === 'slow').length
      const more = unexplained(evidence, answered[0]?.repository ?? '', times(answered))
      return more > links - 1 + late
        ? [{ text: `${dataSet}: linked ${links} times, answered ${answered.length} times`, entries }]
        : []
    }),

  'R20 a repository is not asked faster than the retries': (evidence) =>
    askedAbout(evidence).flatMap(({ dataSet, lookups, entries }): Found[] => {
      const keys = (from: number, to: number) =>
        new Set(entries.filter(({ at }) => at >= from && at <= to).map(({ key }) => key)).size
      const all = times(lookups)
      const first = all.find((at) => {
        const within = all.filter((one) => one >= at && one < at + 10_000).length
        const anew = evidence.happened.filter(
          ({ kill, at: killed }) =>
            kill !== undefined && killed > at - databaseAwayMs && killed < at + 10_000,
        ).length
        const live = Math.max(1, keys(0, at + 10_000))
        return within > live * mostLookupsIn10s + anew * 3
      })
      return first === undefined
        ? []
        : [{ text: `${dataSet}: asked too often from ${new Date(first).toISOString()} on`, entries }]
    }),

  'R20 a repository that asks for it is left alone': (evidence) =>
    askedAbout(evidence).flatMap(({ dataSet, lookups, entries, links }): Found[] => {
      if (links !== 1) return [] // another link may ask at once
      const inOrder = [...lookups].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
      return inOrder.flatMap((one, i): Found[] => {
        const next = inOrder[i + 1]
        const holdMs = heldFor(evidence, one)
        if (!next || holdMs === 0) return []
        const [at, then] = [Date.parse(one.at), Date.parse(next.at)]
        const mayForget = evidence.happened.some(
          ({ kill = 'api', at: killed }) =>
            ['worker', 'worker2', 'postgres'].includes(kill) &&
            killed > at - (kill === 'postgres' ? databaseAwayMs : toleranceMs) &&
            killed < Math.min(then, at + unrecordedMs),
        )
        return then - at < holdMs - toleranceMs && !mayForget
          ? [{ text: `${dataSet}: asked again ${then - at} ms after it asked for ${holdMs} ms`, entries }]
          : []
      })
    }),

  'R57 the chain holds': ({ tables, brokenChains }) => {
    const found: Found[] = brokenChains.map(({ unit, seq }) => ({ text: `unit ${unit} is broken at ${seq}` }))
    for (const [unit, rows] of group(tables.audit, (row) => row.unit_id)) {
      const chain = [...rows].sort((a, b) => a.seq - b.seq)
      chain.forEach((row, i) => {
        if (row.seq !== i + 1) found.push({ text: `unit ${unit}: row ${i + 1} has seq ${row.seq}` })
        if (row.previous !== (chain[i - 1]?.hash ?? '\\x'))
          found.push({ text: `unit ${unit}: row ${row.seq} does not follow from the one before` })
        if (row.hash !== digestOf(row))
          found.push({ text: `unit ${unit}: row ${row.seq} (${row.action}) is not what was hashed` })
      })
      const head = tables.audit_heads.find((one) => one.unit_id === unit)
      if (head?.seq !== chain.length || head.hash !== chain.at(-1)?.hash)
        found.push({ text: `unit ${unit}: the head says ${head?.seq}, there are ${chain.length} rows` })
    }
    return found
  },

  'R57 what was acknowledged is in the audit, once': (evidence) => {
    const { journal, tables } = evidence
    const found: Found[] = []
    const byBackup = group(tables.audit, (row) => row.backup_id)
    const byProject = group(tables.audit, (row) => row.project_id)
    const once = (entry: Entry, rows: AuditRow[], what: string) => {
      if (rows.length !== 1)
        found.push({ text: `${rows.length} rows instead of 1: ${what}`, entries: [entry] })
    }
    const seen = new Set<string>()
    const accepted = journal.filter((entry) => isAccepted(entry) || (isLink(entry) && entry.status === 202))
    for (const entry of accepted) {
      if (entry.method === 'GET') continue
      const act = `${entry.method} ${entry.path} ${entry.key ?? ''} ${entry.who}`
      if (seen.has(act)) continue
      seen.add(act)
      const { backup, file } = thingOf(entry.path)
      const rows = byBackup.get(backup ?? null) ?? []
      const of = (...actions: string[]) =>
        rows.filter((row) => actions.includes(row.action) && (!file || row.file_id === file))
      const id = textAt(entry.answer, 'id')
      if (isAction('POST /projects')(entry)) {
        const created = (byProject.get(id) ?? []).filter((row) => row.action === 'projectCreated')
        once(entry, created, `project ${id} created`)
      } else if (isAction('POST /projects/*/backups')(entry)) {
        const created = (byBackup.get(id) ?? []).filter((row) => row.action === 'backupCreated')
        once(entry, created, `backup ${id} created`)
      } else if (isLink(entry)) {
        if (entry.status === 202 && entry.answer?.['status'] === 'processing') continue
        const added = rows.filter((row) => /^fileAdded/.test(row.action) && row.file_id === id)
        once(entry, added, `file ${id} added`)
      } else if (isAction('PATCH /backups/*')(entry)) {
        const edited = of('backupEdited').filter((row) => row.after?.['name'] === entry.body?.['name'])
        once(entry, edited, `backup edited`)
      } else if (isAction('PATCH /backups/*/files/*')(entry)) {
        const edited = of('fileEdited', 'fileAmended').filter((row) =>
          afterFiles(row).some((one) => Number(one['mbPerSample']) === Number(entry.body?.['mbPerSample'])),
        )
        once(entry, edited, `file edited`)
      } else if (isAction('DELETE /backups/*')(entry)) once(entry, of('backupDiscarded'), 'backup discarded')
      else if (isAction('DELETE /backups/*/files/*')(entry)) once(entry, of('fileRemoved'), 'file removed')
      else if (isSubmission(entry)) once(entry, of('numberIssued'), 'number issued')
      else if (isVerification(entry)) {
        const isOwn = of('codeRequested').length === 0 && of('fileAuthorised').length === 0
        if (!isOwn) once(entry, of('fileAuthorised'), 'file authorised')
      } else if (entry.status === 201 && of('codeSent', 'codeVoided').length === 0)
        // Five wrong tries void a code also before its acceptance is recorded.
        found.push({ text: `no row says that the code was sent`, entries: [entry] })
    }
    return found
  },

  'R57 nothing happened more often than people asked for it': ({ journal, tables }) => {
    const found: Found[] = []
    const asked = (test: (entry: Entry) => boolean) => new Set(journal.filter(test).map((entry) => entry.key))
    for (const [backup, rows] of group(tables.audit, (row) => row.backup_id)) {
      if (backup === null) continue
      const here = (entry: Entry) => thingOf(entry.path).backup === backup
      const most = (action: string, test: (entry: Entry) => boolean) => {
        const count = rows.filter((row) => row.action === action).length
        const keys = asked((entry) => here(entry) && test(entry)).size
        if (count > keys) found.push({ text: `backup ${backup}: ${count} × ${action}, asked ${keys} times` })
      }
      most('backupEdited', isAction('PATCH /backups/*'))
      most('fileRemoved', isAction('DELETE /backups/*/files/*'))
      most('codeRequested', isAction('POST /backups/*/files/*/code'))
      most('fileAuthorised', isVerification)
      const times = (action: string) => rows.filter((row) => row.action === action).length
      const edits = times('fileEdited') + times('fileAmended')
      const editKeys = asked((entry) => here(entry) && isAction('PATCH /backups/*/files/*')(entry)).size
      if (edits > editKeys)
        found.push({ text: `backup ${backup}: ${edits} edits of files, asked ${editKeys} times` })
      const added = rows.filter((row) => /^fileAdded/.test(row.action))
      if (new Set(added.map((row) => row.file_id)).size < added.length)
        found.push({ text: `backup ${backup}: a file was added twice` })
      if (added.length > asked((entry) => here(entry) && isLink(entry)).size)
        found.push({ text: `backup ${backup}: more files were added than asked for` })
      for (const action of ['backupCreated', 'backupDiscarded', 'numberIssued'])
        if (times(action) > 1) found.push({ text: `backup ${backup}: ${times(action)} × ${action}` })
      const synced = rows
        .filter((row) => row.action === 'numberSynced')
        .map((row) => Number(row.params['version']))
      if (synced.some((version, i) => version !== i + 1))
        found.push({ text: `backup ${backup}: acknowledged in the order ${synced.join(',')}` })
    }
    const projects = tables.audit.filter((row) => row.action === 'projectCreated').length
    if (projects !== tables.projects.length)
      found.push({ text: `${tables.projects.length} projects, ${projects} in the audit` })
    const created = tables.audit.filter((row) => row.action === 'backupCreated').length
    if (created !== tables.backups.length)
      found.push({ text: `${tables.backups.length} backups, ${created} in the audit` })
    return found
  },

  'R57 what was asked of a repository in vain is in the audit': ({ journal, tables }) => {
    const inVain = (entry: Entry) => isLink(entry) && entry.answer?.['code'] === 'ACCOUNT_ACCESSION_MISMATCH'
    // A file whose mismatch came late is answered so, too, when its request is repeated (R21).
    const rows = tables.audit.filter((row) => ['lookUpRefused', 'fileMismatched'].includes(row.action))
    const backupOf = (row: AuditRow) => row.backup_id ?? row.params['backupId']
    const keys = (test: (entry: Entry) => boolean, backup: unknown) =>
      new Set(
        journal.filter((entry) => test(entry) && thingOf(entry.path).backup === backup).map(({ key }) => key),
      ).size
    return [...new Set(journal.filter(inVain).map((entry) => thingOf(entry.path).backup))].flatMap(
      (backup) => {
        const seen = rows.filter((row) => backupOf(row) === backup).length
        const [least, most] = [keys(inVain, backup), keys(isLink, backup)]
        return seen >= least && seen <= most
          ? []
          : [{ text: `backup ${backup}: ${seen} look-ups in vain in the audit, ${least} were answered so` }]
      },
    )
  },

  'R57 who signed in is in the audit': ({ tables }) =>
    tables.accounts.flatMap(({ id }) =>
      tables.audit.some((row) => row.action === 'signedIn' && row.params['accountId'] === id)
        ? []
        : [{ text: `account ${id} never signed in, says the audit` }],
    ),

  'R57 the audit, retold, gives the rows': (evidence) =>
    evidence.tables.backups.flatMap((backup) => retold(evidence, backup)),

  'the same key and body get the same answer': (evidence) => {
    const found: Found[] = []
    const gone = goneAfter(evidence)
    const keyed = evidence.journal.filter((entry) => entry.key !== null && isDefinite(entry))
    for (const entries of group(keyed, (e) =>
      [e.who, e.method, e.path, e.key, plain(e.body)].join(' '),
    ).values()) {
      const inOrder = [...entries].sort((a, b) => a.ended - b.ended)
      const [first] = inOrder.filter(isSettledAnswer)
      if (!first) continue
      for (const later of inOrder.filter((entry) => entry.at > first.ended)) {
        if (sameAnswer(first, later)) continue
        if (later.status === 404 && gone(later)) continue
        // What was wrong once is no longer asked for once the file is 完成.
        if (codeOf(first) === 'CODE_WRONG' && later.status === 200) continue
        found.push({ text: `${first.status} ${codeOf(first)}, later ${later.status} ${codeOf(later)}`, entries: [first, later] }) // prettier-ignore
      }
    }
    return found
  },

  'no refusal of what is stored as accepted': (evidence) => {
    const accountOf = new Map(
      evidence.people.map((person) => [
        person.login,
        evidence.tables.accounts.find((account) => account.subject === person.subject)?.id,
      ]),
    )
    const commands = new Map(evidence.tables.commands.map((row) => [row.key, row]))
    const gone = goneAfter(evidence)
    return evidence.journal.flatMap((entry): Found[] => {
      if (entry.key === null || !isDefinite(entry) || isAccepted(entry) || isSubmission(entry)) return []
      const text = `${accountOf.get(entry.who) ?? ''}|${entry.method} /api/v1${entry.path}|${entry.key}`
      const stored = commands.get(createHash('sha256').update(text).digest('hex'))
      if (!stored || !(stored.answer.ok ?? 'id' in stored.answer)) return []
      if (Date.parse(stored.at) > entry.at) return [] // refused first, then accepted
      if (codeOf(entry) === 'IDEMPOTENCY_KEY_REUSED' || (entry.status === 404 && gone(entry))) return []
      if (isLink(entry) && codeOf(entry) === 'ACCOUNT_ACCESSION_MISMATCH') return [] // late, R21
      return [{ text: `accepted and stored, answered ${entry.status} ${codeOf(entry)}`, entries: [entry] }]
    })
  },

  'a key stands for one body': ({ journal }) => {
    const found: Found[] = []
    const keyed = journal.filter((entry) => entry.key !== null && isAccepted(entry) && !isSubmission(entry))
    for (const entries of group(keyed, (e) => [e.who, e.method, e.path, e.key].join(' ')).values()) {
      const other = entries.find((entry) => !same(entry.body, entries[0]?.body))
      if (other)
        found.push({ text: 'two bodies were accepted under one key', entries: [entries[0] ?? other, other] })
    }
    return found
  },

  'what was read once is not undone': ({ journal }) => {
    const found: Found[] = []
    const known = new Map<string, { version: number; entry: Entry }[]>()
    const inOrder = [...journal].sort((a, b) => a.ended - b.ended)
    for (const entry of inOrder) {
      for (const one of backupsIn(entry.answer)) {
        const id = String(one['id'])
        const version = Number(one['version'])
        const earlier = (known.get(id) ?? []).filter((seen) => seen.entry.ended < entry.at)
        const newest = earlier.reduce<(typeof earlier)[number] | undefined>(
          (best, seen) => (best && best.version >= seen.version ? best : seen),
          undefined,
        )
        if (newest && newest.version > version)
          found.push({
            text: `${id}: version ${newest.version}, later ${version}`,
            entries: [newest.entry, entry],
          })
        known.set(id, [...(known.get(id) ?? []), { version, entry }])
      }
    }
    return found
  },

  'what was accepted is there at the next look': (evidence) => {
    const { journal } = evidence
    const gone = goneAfter(evidence)
    return looksAfterWrites(evidence).flatMap(({ write, look }): Found[] => {
      const say = (text: string): Found[] => [{ text, entries: [write, look] }]
      if (write.method === 'DELETE')
        return look.status === 404 ? [] : say('it was deleted and is still there')
      if (look.status === 404) return gone(look) ? [] : say('it was accepted and is not there')
      const { answer } = look
      if (isSubmission(write))
        return answer?.['stage'] === 'completed' && answer['number'] === write.answer?.['number']
          ? []
          : say(`the number ${JSON.stringify(write.answer?.['number'])} is not there`)
      if (isVerification(write)) return answer?.['status'] === 'done' ? [] : say('the file is not 完成')
      if (write.path.endsWith('/code')) {
        const consent = answer?.['consent'] as Json | undefined
        return consent?.['status'] === 'unsent' && answer?.['status'] === 'pending'
          ? say('nothing was sent')
          : []
      }
      // Edits: what was written, or what another tab wrote at the same time or later. A repeat was written at first.
      const first = Math.min(...journal.filter(({ key }) => key === write.key).map(({ at }) => at))
      const others = journal.filter(
        (one) =>
          one !== write &&
          one.method === 'PATCH' &&
          one.path === write.path &&
          one.at < look.ended &&
          (one.ended > first || !isDefinite(one)),
      )
      return (
        Object.entries(write.method === 'PATCH' ? (write.body ?? {}) : {})
          .filter(([field]) => ['name', 'sampleCount', 'mbPerSample'].includes(field))
          // What a form left as it was shown is no edit.
          .filter(
            ([field, value]) => !isSameValue((write.body?.['base'] as Json | undefined)?.[field], value),
          )
          .flatMap(([field, value]) =>
            [value, ...others.map(({ body }) => body?.[field])].some((one) =>
              isSameValue(one, answer?.[field]),
            )
              ? []
              : say(`${field}: written ${plain(value)}, read ${plain(answer?.[field])}`),
          )
      )
    })
  },

  'R21 a file’s state does not go back without a cause': ({ journal, tables }) => {
    const audit = group(tables.audit, ({ file_id }) => file_id)
    const rank: Record<string, number> = { checking: 0, pending: 1, locked: 2, mismatch: 3, done: 3 }
    const found: Found[] = []
    const known = new Map<string, { status: string; entry: Entry }[]>()
    for (const entry of [...journal].sort((a, b) => a.ended - b.ended))
      for (const { id, status } of filesIn(entry)) {
        const seen = known.get(id) ?? []
        for (const earlier of seen.filter((one) => one.entry.ended < entry.at && one.status !== status)) {
          const isForward = (rank[status] ?? 0) > (rank[earlier.status] ?? 0)
          const isAudited = (audit.get(id) ?? []).some(
            (row) =>
              Date.parse(row.recorded_at) > earlier.entry.at - toleranceMs &&
              Date.parse(row.recorded_at) < entry.ended + toleranceMs &&
              afterFiles(row).some((one) => one['id'] === id && one['status'] === status),
          )
          if (!isForward && !isAudited)
            found.push({
              text: `file ${id} was ${earlier.status}, later ${status}`,
              entries: [earlier.entry, entry],
            })
        }
        known.set(id, [...seen, { status, entry }])
      }
    return found
  },

  'enough happened to be judged': (evidence) => {
    const { scale, journal, tables } = evidence
    const much = scale.minutes * scale.people
    const numberOf = (action: string) => tables.audit.filter((row) => row.action === action).length
    const answered = journal.filter(({ status }) => status !== null).length
    const decided = journal.filter(isDefinite).length
    const givenUp = tables.audit.filter(({ params }) => params['trouble'] === 'not-accepted').length
    const anew = evidence.workflows.filter(({ status }) => status === 'CONTINUED_AS_NEW').length
    const floors: [string, number, number][] = [
      ['requests', journal.length, requestsPerPersonMinute * much],
      ['numbers', tables.numbers.length, numbersPerPersonMinute * much],
      ['codes entered', numberOf('fileAuthorised'), codesPerPersonMinute * much],
      [
        'looks after writes',
        new Set(looksAfterWrites(evidence).map(({ write }) => write)).size,
        looksPerPersonMinute * much,
      ],
      ['requests answered', answered, shareAnswered * journal.length],
      ['requests decided', decided, shareDecided * journal.length],
      ['codes expired', numberOf('codesExpired'), timesPerMinute * scale.minutes],
      ['mails given up', givenUp, timesPerMinute * scale.minutes],
      ['processes begun anew', anew, timesPerMinute * scale.minutes],
    ]
    const commands = group(
      journal.filter(({ method }) => method !== 'GET'),
      ({ method, path }) => `${method} ${path.replaceAll(/\/[^/]*\d[^/]*/g, '/*')}`,
    )
    for (const [kind, entries] of commands) {
      const each = [...group(entries, ({ who, path, key }) => `${who} ${path} ${key}`).values()]
      if (each.length < commandsOfKind) continue
      floors.push([
        `${kind} decided`,
        each.filter((one) => one.some(isTold)).length,
        shareOfKind * each.length,
      ])
    }
    return floors
      .filter(([, is, least]) => is < Math.floor(least))
      .map(([what, is, least]) => ({
        text: `${what}: ${is}, at the least ${Math.floor(least)} in ${scale.minutes} min with ${scale.people} people`,
      }))
  },

  'no fault of ours in an answer': ({ journal }) =>
    journal
      .filter(
        ({ status, answer }) => status !== null && (answer === null || (status >= 500 && status !== 503)),
      )
      .map((entry) => ({ text: `answered ${entry.status}`, entries: [entry] })),

  'a fault signs no person out': ({ journal }) =>
    journal
      .filter(({ status }) => status === 401)
      .map((entry) => ({ text: 'answered 401', entries: [entry] })),

  'R56 people see the own things, all of them, and nothing else': (evidence) => {
    const found: Found[] = []
    const { tables, journal } = evidence
    const accountOf = new Map(tables.accounts.map((account) => [account.subject, account.id]))
    const discarded = new Set(tables.backups.filter((b) => b.stage === 'discarded').map((b) => b.id))
    for (const { login, subject } of evidence.people) {
      const account = accountOf.get(subject)
      const projects = new Set(tables.projects.filter((p) => p.owner_id === account).map((p) => p.id))
      const backups = new Set(tables.backups.filter((b) => b.custodian_id === account).map((b) => b.id))
      const mine = journal.filter((entry) => entry.who === login)
      for (const entry of mine.filter(isAccepted)) {
        const { backup, project } = thingOf(entry.path)
        if ((backup && !backups.has(backup)) || (project && !projects.has(project)))
          found.push({ text: `${login} was let in`, entries: [entry] })
        const items = Array.isArray(entry.answer?.['items']) ? (entry.answer['items'] as Json[]) : []
        const isProjects = /^\/projects(\?|$)/.test(entry.path)
        const isBackups = /^\/backups(\?|$)|\/backups(\?|$)/.test(entry.path)
        const own = isProjects ? projects : isBackups ? backups : undefined
        if (entry.method === 'GET' && own && items.some((item) => !own.has(String(item['id']))))
          found.push({ text: `${login} sees what is not theirs`, entries: [entry] })
      }
      for (const entry of mine) {
        const { backup, project } = thingOf(entry.path)
        const isForeign = (backup && !backups.has(backup)) || (project && !projects.has(project))
        if (isForeign && isDefinite(entry) && entry.status !== 404)
          found.push({ text: `${login} was answered ${entry.status} instead of 404`, entries: [entry] })
      }
      // The last look of each person at the lists (size=100, page by page) is complete.
      const lists = mine.filter(
        ({ tab, path, status }) => tab === lastLook && path.includes('?') && status === 200,
      )
      const listed = (test: RegExp) =>
        new Set(
          lists
            .filter(({ path }) => test.test(path))
            .flatMap(({ answer }) => (answer?.['items'] as Json[]).map((item) => String(item['id']))),
        )
      if (lists.length === 0) continue
      const missing = [
        ...[...projects].filter((id) => !listed(/^\/projects\?/).has(id)),
        ...[...backups].filter((id) => !discarded.has(id) && !listed(/\/backups\?/).has(id)),
      ]
      if (missing.length > 0)
        found.push({ text: `${login} does not see ${missing.join(', ')}`, entries: lists })
    }
    return found
  },

  'R21, R37, R54 nothing is stuck': ({ journal, tables, workflows, settledMs }) => {
    const found: Found[] = []
    if (settledMs === null) found.push({ text: 'it did not come to rest' })
    for (const row of tables.owed)
      found.push({ text: `owed: ${row.key}, ${row.tries} tries, ${row.cause ?? 'no cause'}` })
    for (const backup of tables.backups) {
      if (backup.report_acknowledged !== backup.report_version)
        found.push({
          text: `${backup.number}: ${backup.report_acknowledged} of ${backup.report_version} acknowledged`,
        })
      const running = workflows.filter(
        (one) => one.workflowId === `backup-${backup.reference}` && one.status === 'RUNNING',
      )
      const expected = backup.stage === 'draft' ? 1 : 0
      if (running.length !== expected)
        found.push({
          text: `${backup.reference} is ${backup.stage} and has ${running.length} running workflows`,
        })
      if (backup.stage === 'draft' && backup.seen_version < backup.version)
        found.push({ text: `${backup.reference}: its workflow has not seen version ${backup.version}` })
    }
    const dropped = new Set(
      tables.backups.filter((backup) => backup.stage !== 'draft').map((backup) => backup.id),
    )
    const live = tables.data_files.filter((file) => file.removed_at === null && !dropped.has(file.backup_id))
    for (const file of live) {
      const consent = tables.consents.find((one) => one.file_id === file.id)
      if (file.status === 'checking' || (file.status === 'pending' && consent?.status === 'sending'))
        found.push({ text: `file ${file.id} is ${file.status}, its mail ${consent?.status}` })
    }
    // The last commands of each person came when all faults were over, so they were decided.
    const last = journal.filter(({ tab, method }) => tab === lastLook && method !== 'GET')
    for (const entries of group(last, (entry) => `${entry.path} ${entry.key ?? ''}`).values())
      if (!entries.some(isDefinite)) found.push({ text: 'a command is never decided', entries })
    for (const one of workflows)
      if (one.attempt > mostAttempts)
        found.push({ text: `${one.workflowId} fails its task for the ${one.attempt}th time` })
    for (const one of workflows)
      if (!['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'].includes(one.status))
        found.push({ text: `${one.workflowId} (${one.runId}) is ${one.status}` })
    return found
  },

  'every history replays': ({ replayFailures }) =>
    replayFailures.map(({ workflowId, error }) => ({ text: `${workflowId}: ${error}` })),

  'R31 a code is nowhere but in its mail': ({ inbox, publicTexts, databaseTexts, journal }) => {
    const codes = new Map(codesIn(inbox).map(({ code, file }) => [code, file]))
    const answers = journal.map((entry) => ({
      where: `answer ${entry.line} (${entry.method} ${entry.path})`,
      text: JSON.stringify(entry.answer),
    }))
    return [...publicTexts, ...databaseTexts, ...answers].flatMap(({ where, text }) =>
      [...text.matchAll(/(?<![0-9A-Za-z.[])\d{6}(?![0-9A-Za-z@])/g)]
        .filter(([digits]) => codes.has(digits))
        .map((match) => ({
          text: `${where}: the code of ${codes.get(match[0])} in …${around(text, match.index)}…`,
        })),
    )
  },

  'R59 no person is named where it stays for ever': ({ people, dataSets, publicTexts, journal }) => {
    const found: Found[] = []
    const words = new Set(
      [
        ...people.flatMap(({ name, phone, email }) => [name, phone, email]),
        ...dataSets.map(({ account }) => account),
      ].map((word) => word.toLowerCase()),
    )
    for (const { where, text } of publicTexts) {
      const low = text.toLowerCase()
      for (const word of words) {
        const at = low.indexOf(word)
        if (at >= 0) found.push({ text: `${where}: ${word} in …${around(text, at)}…` })
      }
    }
    for (const entry of journal) {
      if (entry.answer === null) continue
      const text = JSON.stringify(entry.answer).toLowerCase()
      for (const person of people) {
        const foreign = person.login === entry.who ? [] : [person.name, person.email]
        for (const word of [person.phone, ...foreign])
          if (text.includes(word.toLowerCase()))
            found.push({ text: `${entry.who} was told ${word}`, entries: [entry] })
      }
      const path = decodeURIComponent(entry.path).toLowerCase()
      for (const word of words)
        if (path.includes(word)) found.push({ text: `${word} in an address`, entries: [entry] })
    }
    return found
  },
}

/** Decided; or accepted, with something that the outside still owes: a check, a mail. */
const isTold = (entry: Entry): boolean =>
  isDefinite(entry) ||
  (entry.status === 202 && ['checking', 'sending'].includes(textAt(entry.answer, 'status')))

/** A look at a thing by who has just written it; it begins after the write was answered. */
function looksAfterWrites({ journal }: Evidence): { write: Entry; look: Entry }[] {
  const writes = journal.filter((entry) => entry.method !== 'GET' && isAccepted(entry))
  const looks = group(
    journal.filter(({ method, status }) => method === 'GET' && (status === 200 || status === 404)),
    ({ who, path }) => `${who} ${path}`,
  )
  return writes.flatMap((write) =>
    (looks.get(`${write.who} ${thingWritten(write)}`) ?? [])
      .filter((look) => look.at > write.ended)
      .map((look) => ({ write, look })),
  )
}

function thingWritten({ method, path, answer }: Entry): string {
  if (method !== 'POST') return path
  if (path === '/projects') return `/projects/${textAt(answer, 'id')}`
  if (path.endsWith('/backups')) return `/backups/${textAt(answer, 'id')}`
  if (path.endsWith('/files')) return `${path}/${textAt(answer, 'id')}`
  return path.slice(0, path.lastIndexOf('/'))
}

/** `2.50` and 2.5 are one number. */
const isSameValue = (a: unknown, b: unknown): boolean =>
  same(a, b) || (a !== undefined && b !== undefined && Number(a) === Number(b))

/** Every object in an answer that looks like a file, with its state. */
function filesIn({ answer }: Entry): { id: string; status: string }[] {
  const items = Array.isArray(answer?.['items']) ? (answer['items'] as Json[]) : []
  return [answer ?? {}, ...items].flatMap((one) =>
    'accession' in one && 'consent' in one ? [{ id: String(one['id']), status: String(one['status']) }] : [],
  )
}

/** For how long this answer asked to be left alone; 0 when it is not sure which answer it was. */
function heldFor(evidence: Evidence, { at, mode, repository }: Lookup): number {
  if (mode !== 'error') return 0
  const time = Date.parse(at)
  const inForce = evidence.happened
    .filter(({ target }) => target === repository || target === 'repository')
    .filter(({ at: set }) => set < time + toleranceMs)
  const last = inForce.at(-1)
  if (!last?.fault || last.done > time - toleranceMs || last.fault.mode !== 'error') return 0
  const seconds = last.fault.retryAfter ?? (last.fault.status === 429 ? 1 : 0)
  return [429, 503].includes(last.fault.status ?? 0) ? seconds * 1000 : 0
}

/** What a row's hash must be, by its columns and the hash before it. */
export function digestOf(row: AuditRow): string {
  const said = [
    row.unit_id, row.seq, new Exact(secondsOf(row.at)), new Exact(secondsOf(row.recorded_at)), row.actor_id, row.action,
    row.project_id, row.backup_id, row.file_id, row.params, row.before, row.after, row.reason,
  ] // prettier-ignore
  const previous = Buffer.from(row.previous.slice(2), 'hex')
  return `\\x${createHash('sha256').update(previous).update(asPostgres(said)).digest('hex')}`
}

/** A number that floating point cannot hold. */
class Exact {
  readonly digits: string
  constructor(digits: string) {
    this.digits = digits
  }
}

/** Since 1970, to the microsecond: `2026-11-22T06:00:00.12+00:00` is 1795327200.120000. */
function secondsOf(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  const whole = Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000)
  return `${whole}.${fraction.padEnd(6, '0')}`
}

/** As Postgres writes jsonb: short keys first, then by their bytes. */
function asPostgres(value: unknown): string {
  if (value instanceof Exact) return value.digits
  if (Array.isArray(value)) return `[${value.map(asPostgres).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const bytes = (key: string) => Buffer.from(key)
  const entries = Object.entries(value).sort(
    ([a], [b]) => bytes(a).length - bytes(b).length || Buffer.compare(bytes(a), bytes(b)),
  )
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}: ${asPostgres(one)}`).join(', ')}}`
}

const around = (text: string, at: number): string => text.slice(Math.max(0, at - 60), at + 40)
const afterFiles = (row: AuditRow): Json[] => (row.after?.['files'] as Json[] | undefined) ?? []

/** Only amounts of one file differ. */
function isAmendment(before: Report, after: Report): boolean {
  const without = ({ files, sizeMb: _, ...rest }: Report) => ({
    ...rest,
    files: files.map(({ sampleCount: _count, mbPerSample: _size, ...file }) => file),
  })
  const changed = after.files.filter((file, i) => !same(file, before.files[i]))
  return same(without(before), without(after)) && changed.length === 1
}

/** A definite answer that a repetition must get again: accepted, or a refusal that was counted. */
const isSettledAnswer = (entry: Entry): boolean =>
  isAccepted(entry) || ['CODE_WRONG', 'ACCOUNT_ACCESSION_MISMATCH'].includes(codeOf(entry))

function sameAnswer(first: Entry, later: Entry): boolean {
  if (later.status !== first.status) return isAccepted(first) && isAccepted(later)
  if (!isAccepted(first))
    return same([codeOf(first), first.answer?.['params']], [codeOf(later), later.answer?.['params']])
  // An answer shows the thing as it is now: a draft may have got its number meanwhile.
  return ['id', 'number', 'issuedAt'].every(
    (name) => (first.answer?.[name] ?? null) === null || same(first.answer?.[name], later.answer?.[name]),
  )
}

/** May a request be about something that was removed or discarded before it was answered? */
function goneAfter({ journal, tables }: Evidence): (entry: Entry) => boolean {
  const deleted = new Map<string, number>()
  for (const { method, path, at } of journal)
    if (method === 'DELETE') deleted.set(path, Math.min(at, deleted.get(path) ?? Infinity))
  // A new file may take the place of a 校验失败 row, which is then gone too.
  const removed = new Set(tables.data_files.filter((file) => file.removed_at !== null).map((file) => file.id))
  const touched = new Set(
    tables.data_files.filter((file) => removed.has(file.id)).map((file) => file.backup_id),
  )
  return (entry) => {
    const { backup = '', file } = thingOf(entry.path)
    const isDiscarded = (deleted.get(`/backups/${backup}`) ?? Infinity) < entry.ended
    return isDiscarded || (file !== undefined && removed.has(file)) || (isLink(entry) && touched.has(backup))
  }
}

/** A fault run makes mails older than they are. */
const ageless = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && 'requestedAt' in value
    ? { ...value, requestedAt: value.requestedAt !== null }
    : value

/** Tells a backup's audit again from the beginning: each row begins where the last one ended, the end is the row. */
function retold({ tables }: Evidence, backup: BackupRow): Found[] {
  const found: Found[] = []
  const say = (text: string) => found.push({ text: `${backup.reference}: ${text}` })
  const rows = tables.audit.filter((row) => row.backup_id === backup.id).sort((a, b) => a.id - b.id)
  if (rows.length !== backup.version) say(`version ${backup.version}, ${rows.length} rows in the audit`)
  const [created, ...changes] = rows
  if (created?.action !== 'backupCreated') return [...found, { text: `${backup.reference}: no first row` }]
  let state: Json = {
    name: created.after?.['name'],
    contentTypes: created.after?.['contentTypes'],
    stage: 'draft',
    number: null,
    issuedAt: null,
    report: { version: 0, acknowledged: 0 },
    custodianId: backup.custodian_id,
  }
  const files = new Map<string, Json>()
  for (const row of changes) {
    const { files: filesBefore = [], ...before } = (row.before ?? {}) as Json & { files?: Json[] }
    const { files: filesAfter = [], ...after } = (row.after ?? {}) as Json & { files?: Json[] }
    for (const [key, value] of Object.entries(before))
      if (!same(state[key], value))
        say(`seq ${row.seq} (${row.action}) begins with ${key} ${plain(value)}, it was ${plain(state[key])}`)
    state = { ...state, ...after }
    for (const file of filesBefore) {
      const known = files.get(String(file['id']))
      for (const [key, value] of Object.entries(file))
        // Counted for the data set, so another backup of the project moves it too.
        if (key !== 'wrongTriesForLife' && !same(ageless(known?.[key]), ageless(value)))
          say(
            `seq ${row.seq} (${row.action}) begins with a file's ${key} ${plain(value)}, it was ${plain(known?.[key])}`,
          )
      if (!filesAfter.some((one) => one['id'] === file['id'])) files.delete(String(file['id']))
    }
    for (const file of filesAfter)
      files.set(String(file['id']), { ...files.get(String(file['id'])), ...file })
  }
  const told = {
    name: state['name'],
    contentTypes: state['contentTypes'],
    stage: state['stage'],
    number: state['number'],
    report: state['report'],
    files: [...files.values()]
      .map((file) => {
        const consent = (file['consent'] ?? {}) as Json
        return [
          file['id'], file['dataType'], file['sampleCount'], Number(file['mbPerSample']), file['depositorEmail'],
          file['accession'], file['status'], consent['status'], consent['generation'], consent['wrongTries'],
        ].join(' ') // prettier-ignore
      })
      .sort(),
  }
  const consents = new Map(tables.consents.map((consent) => [consent.file_id, consent]))
  const stored = {
    name: backup.name,
    contentTypes: backup.content_types,
    stage: backup.stage,
    number: backup.number,
    report: { version: backup.report_version, acknowledged: backup.report_acknowledged },
    files: tables.data_files
      .filter((file) => file.backup_id === backup.id && file.removed_at === null)
      .map((file) => {
        const consent = consents.get(file.id)
        return [
          file.id, file.data_type, file.sample_count, Number(file.mb_per_sample), file.depositor_email,
          file.accession, file.status, consent?.status, consent?.generation, consent?.wrong_tries,
        ].join(' ') // prettier-ignore
      })
      .sort(),
  }
  if (!same(told, stored)) say(`the audit tells ${plain(told)}, stored is ${plain(stored)}`)
  return found
}

/** For people: each violation with the lines of the journal that show it. */
export function describeViolations(violations: readonly Violation[], mostLines = 6): string {
  const lines = violations.map(({ rule, text, entries }) =>
    [`✗ ${rule}: ${text}`, ...entries.slice(-mostLines).map((entry) => `    ${JSON.stringify(entry)}`)].join(
      '\n',
    ),
  )
  return lines.join('\n')
}
