/** Accessions: their form, what a near miss probably meant, and what “the same” is (R19, R23). */
import {
  repositories,
  repositoryContacts,
  repositoryOf,
  type DataType,
  type Repository,
} from './catalogue.ts'
import { comparable } from './text.ts'

/** R19: the form of a data set's accession in each repository. */
const forms: Record<Repository, RegExp> = {
  'GSA-Human': /^HRA\d{6}$/,
  GWH: /^GWH[A-Z]{4}\d{8}(\.\d+)?$/,
  GVM: /^GVM\d{6}$/,
  GenBase: /^C_[A-Z]{2}\d{6}(\.\d+)?$/,
  OMIX: /^OMIX\d{6}$/,
}

export type SubObject = 'sample' | 'experiment' | 'run' | 'file'
/** Numbers that people confuse with the data set's own: parts of a study, and files of one. */
const subObjects: readonly [RegExp, SubObject][] = [
  [/^(HRR|CRR|SRR|ERR|DRR)\d+$/, 'run'],
  [/^(HRX|CRX|SRX|ERX|DRX)\d+$/, 'experiment'],
  [/^(HRS|HRI|SAMC|SAMN|SAMEA|SAMD)\d+$/, 'sample'],
  [/^OMIX\d{6}-\d+$/, 'file'],
]

/** Archives that are none of the five, whose numbers look like theirs. */
type Archive = 'GSA' | 'BioProject' | 'CNGBdb' | 'SRA' | 'ENA' | 'DDBJ' | 'GEO' | 'EGA' | 'dbGaP' | 'OMIM'
const archives: readonly [RegExp, Archive][] = [
  [/^CRA\d+$/, 'GSA'],
  [/^PRJ(CA|NA|EB|DB)\d+$/, 'BioProject'],
  [/^CN[PXRS]\d+$/, 'CNGBdb'],
  [/^SR[AP]\d+$/, 'SRA'],
  [/^ER[AP]\d+$/, 'ENA'],
  [/^DR[AP]\d+$/, 'DDBJ'],
  [/^(GSE|GSM|GDS|GPL)\d+$/, 'GEO'],
  [/^EGA[A-Z]\d+$/, 'EGA'],
  [/^PHS\d+/, 'dbGaP'],
  [/^OMIM\d+$/, 'OMIM'],
]

export type AccessionCheck =
  | { ok: true; accession: string }
  | { ok: false; code: 'ACCESSION_FORM'; params: { repository: Repository; example: string } }
  | { ok: false; code: 'ACCESSION_NEAR_MISS'; params: { suggestion: string } }
  | {
      ok: false
      code: 'ACCESSION_SUBOBJECT'
      params: { value: string; kind: SubObject; repository: Repository; example: string }
    }
  | {
      ok: false
      code: 'ACCESSION_OTHER_REPOSITORY'
      params: { value: string; belongsTo: Repository | Archive; repository: Repository; dataType: DataType }
    }

export const normaliseAccession = (typed: string): string => comparable(typed).toUpperCase()

/** R23: the version `.1` is kept for the look-up and ignored for “same”. */
export const accessionKey = (accession: string): string => accession.replace(/\.\d+$/, '')

/** R19: normalises, checks the form for the data type's repository, and says what is wanted instead. */
export function checkAccession(dataType: DataType, typed: string): AccessionCheck {
  const repository = repositoryOf(dataType)
  const { example } = repositoryContacts[repository]
  const value = normaliseAccession(typed)
  if (forms[repository].test(value)) return { ok: true, accession: value }
  const suggestion = nearest(repository, value)
  let belongsTo: Repository | Archive | undefined = repositories.find((other) => forms[other].test(value))
  for (const bare of [value.replace(/\s/g, '').replace(/[\p{Pd}_]/gu, '-'), withoutMarks(value)]) {
    // `C RR000123` lacks its line: it is a GenBase accession, where `CRR000123` is a run.
    if (bare !== value && repository === 'GenBase' && suggestion) continue
    const part = subObjects.find(([form]) => form.test(bare))
    if (part)
      return {
        ok: false,
        code: 'ACCESSION_SUBOBJECT',
        params: { value: bare, kind: part[1], repository, example },
      }
    belongsTo ??= archives.find(([form]) => form.test(bare))?.[1]
  }
  if (belongsTo)
    return {
      ok: false,
      code: 'ACCESSION_OTHER_REPOSITORY',
      params: { value, belongsTo, repository, dataType },
    }
  if (suggestion) return { ok: false, code: 'ACCESSION_NEAR_MISS', params: { suggestion } }
  return { ok: false, code: 'ACCESSION_FORM', params: { repository, example } }
}

const withoutMarks = (text: string): string => text.replace(/[^A-Z0-9]/g, '')

/**
 * The accession that was probably meant. A mark between digits either stands inside of a complete number (`HRA 000 567`) or
 * ends it (`HRA000567(1)`, `HRA000567_R1.fastq.gz`): what follows is no part of it.
 */
function nearest(repository: Repository, value: string): string | undefined {
  const hasVersion = repository === 'GWH' || repository === 'GenBase'
  const [, body = '', version = ''] = (hasVersion && /^(.*?)(\.\d+)?$/s.exec(value)) || [value, value]
  const isBroken = /\d[^A-Z0-9]+[\dOIL]/.test(body)
  const whole = meant(repository, withoutMarks(body), version, isBroken)
  if (whole) return whole
  const front = new RegExp(
    `^[^A-Z0-9]*(${forms[repository].source.slice(1, -1)})(?=[^A-Z0-9])(.*)$`,
    's',
  ).exec(value)
  // Two data sets: nobody knows which.
  return front?.[1] && !new RegExp(forms[repository].source.slice(1, -1)).test(front.at(-1) ?? '')
    ? front[1]
    : undefined
}

/**
 * Stray marks, O/0 and I/L/1 confused, one letter off, zeros lost; with `isComplete` only when all digits are there. Only a
 * right prefix may hold a confused digit, and only before a complete number: `HRA 100567` is not `HRAI` + 567.
 */
function meant(
  repository: Repository,
  compact: string,
  version: string,
  isComplete: boolean,
): string | undefined {
  for (const isMeant of [isEqual, isOneOff])
    for (let cut = compact.length - 1; cut > 0; cut--) {
      const typed = compact.slice(0, cut)
      const digits = asDigits(compact.slice(cut))
      const letters = asLetters(typed)
      if (digits === undefined || letters === undefined) continue
      if (isComplete && digits.length !== digitsOf(repository)) continue
      if (letters !== typed && (isMeant === isOneOff || digits.length !== digitsOf(repository))) continue
      const candidate = assemble(repository, letters, digits, version, isMeant)
      if (candidate && forms[repository].test(candidate)) return candidate
    }
  return undefined
}

const digitsOf = (repository: Repository): number => (repository === 'GWH' ? 8 : 6)

function assemble(
  repository: Repository,
  letters: string,
  typedDigits: string,
  version: string,
  isMeant: (typed: string, wanted: string) => boolean,
): string | undefined {
  const digits = padded(typedDigits, digitsOf(repository))
  switch (repository) {
    case 'GSA-Human':
      return isMeant(letters, 'HRA') ? `HRA${digits}` : undefined
    case 'GVM':
      return isMeant(letters, 'GVM') ? `GVM${digits}` : undefined
    case 'OMIX':
      return isMeant(letters, 'OMIX') ? `OMIX${digits}` : undefined
    case 'GWH':
      return letters.length === 7 && isMeant(letters.slice(0, 3), 'GWH')
        ? `GWH${letters.slice(3)}${digits}${version}`
        : undefined
    case 'GenBase':
      return letters.length === 3 && letters.startsWith('C')
        ? `C_${letters.slice(1)}${digits}${version}`
        : undefined
  }
}

const asDigits = (text: string): string | undefined => {
  const digits = text.replace(/O/g, '0').replace(/[IL]/g, '1')
  return /^\d+$/.test(digits) ? digits : undefined
}
const asLetters = (text: string): string | undefined => {
  const letters = text.replace(/0/g, 'O').replace(/1/g, 'I')
  return /^[A-Z]+$/.test(letters) ? letters : undefined
}
const padded = (digits: string, length: number): string => digits.replace(/^0+/, '').padStart(length, '0')

const isEqual = (a: string, b: string): boolean => a === b

/** At most one letter more, less or other. */
function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++
  const rest = (text: string, skip: number) => text.slice(start + skip)
  return a === b || rest(a, 1) === rest(b, 1) || rest(a, 1) === rest(b, 0) || rest(a, 0) === rest(b, 1)
}
