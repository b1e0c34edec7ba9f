/** How the rules of the checker read what was seen. */
import { strayTab } from './evidence.ts'
import type { AuditRow, Entry, Evidence, FileRow, Json, Mail, Report } from './evidence.ts'

export type Violation = { rule: string; text: string; entries: Entry[] }
export type Found = { text: string; entries?: Entry[] }
export type Rule = (evidence: Evidence) => Found[]

export const repositoryOfType = [
  '', 'GSA-Human', 'GWH', 'GVM', 'GVM', 'GVM', 'GenBase', 'OMIX', 'OMIX', 'OMIX', 'OMIX',
] // prettier-ignore
/** Clocks of two processes on one machine. */
export const toleranceMs = 1_500
export const dayMs = 24 * 3_600_000

// The journal ---------------------------------------------------------------------------------------------------

/** Decided. Not so: no answer, still at it, an outage, too many requests. */
export const isDefinite = (entry: Entry): boolean =>
  entry.status !== null && entry.status !== 202 && entry.status < 500 && codeOf(entry) !== 'RATE_LIMITED'
export const isAccepted = (entry: Entry): boolean => isDefinite(entry) && (entry.status ?? 0) < 300
export const textAt = (answer: Json | null, key: string): string => {
  const value = answer?.[key]
  return typeof value === 'string' ? value : ''
}
export const codeOf = (entry: Entry): string => textAt(entry.answer, 'code')
const ids = /^\/backups\/([^/]+)(?:\/files\/([^/]+))?(.*)$/
export function thingOf(path: string): { backup?: string; file?: string; rest?: string; project?: string } {
  const [, backup, file, rest] = ids.exec(path) ?? []
  const [, project] = /^\/projects\/([^/?]+)/.exec(path) ?? []
  return {
    ...(backup !== undefined && { backup }),
    ...(file !== undefined && { file }),
    ...(rest !== undefined && { rest }),
    ...(project !== undefined && { project }),
  }
}
export const isSubmission = ({ method, path }: Entry): boolean =>
  method === 'POST' && path.endsWith('/submission')
export const isVerification = ({ method, path }: Entry): boolean =>
  method === 'POST' && path.endsWith('/verification')
export const isLink = ({ method, path }: Entry): boolean =>
  method === 'POST' && /^\/backups\/[^/]+\/files$/.test(path)
export const isAction = (wanted: string) => {
  const [method, form = ''] = wanted.split(' ')
  const expression = new RegExp(`^${form.replaceAll('*', '[^/]+')}$`)
  return (entry: Entry) => entry.method === method && expression.test(entry.path)
}

/** Every object in an answer that looks like a backup. */
export function backupsIn(answer: Json | null): Json[] {
  if (!answer) return []
  const items = Array.isArray(answer['items']) ? (answer['items'] as Json[]) : []
  return [answer, ...items].filter((one) => 'reference' in one && 'version' in one)
}

// Small tools ---------------------------------------------------------------------------------------------------

export const fold = (text: string): string => text.normalize('NFKC').trim().toLowerCase()
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value
export const plain = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'undefined'
export const same = (a: unknown, b: unknown): boolean => plain(a) === plain(b)
export const group = <T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> =>
  Map.groupBy(items, keyOf)
export const shanghaiDay = (at: string): string =>
  new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
export const dataSetOf = (audit: AuditRow, files: Map<string, FileRow>): string =>
  `${audit.project_id ?? ''}/${files.get(audit.file_id ?? '')?.accession_key ?? ''}`
export const backupsById = ({ tables }: Evidence) =>
  new Map(tables.backups.map((backup) => [backup.id, backup]))
/** Σ sampleCount × mbPerSample in thousandths of a MB. */
export const thousandths = (decimal: string | number): bigint => {
  const [whole = '0', fraction = ''] = String(decimal).split('.')
  return BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, '0'))
}
export const totalOf = (files: Report['files']): bigint =>
  files.reduce((sum, file) => sum + BigInt(file.sampleCount) * thousandths(file.mbPerSample), 0n)

/** `<code.FILE.GENERATION@host>` and the code in the text. */
function codeIn(mail: Mail): { file: string; generation: number; code: string } | undefined {
  const [, file, generation] = /^<code\.([0-9a-f-]{36})\.(\d+)@/.exec(mail.messageId ?? '') ?? []
  const [, code] = /验证码为：(\d{6})/.exec(mail.text) ?? []
  return file && generation && code ? { file, generation: Number(generation), code } : undefined
}
export const codesIn = (inbox: readonly Mail[]) =>
  inbox.flatMap((mail) => {
    const found = codeIn(mail)
    return found ? [{ ...found, mail }] : []
  })

/** How far a backup's own clock may have been moved on between the two. */
export const movedOnMs = ({ happened }: Evidence, reference: string, from: number, to: number): number =>
  happened
    .filter((one) => one.reference === reference && one.at <= to && one.done >= from)
    .reduce((sum, { seconds = 0 }) => sum + seconds * 1000, 0)

/** An answer that a person without a session gets, because of what was done on purpose. */
export const isAbsent = ({ absences }: Evidence, { who, tab, at, ended }: Entry): boolean =>
  tab === strayTab || absences.some((one) => one.who === who && one.from <= ended && at <= one.to)
