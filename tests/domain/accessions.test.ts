import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessionKey, checkAccession } from '../../domain/accessions.ts'
import {
  contentTypes,
  dataTypes,
  dataTypesOf,
  offeredDataTypes,
  repositories,
  repositoryContacts,
  repositoryOf,
  type DataType,
  type Repository,
} from '../../domain/catalogue.ts'

const typeOf: Record<Repository, DataType> = { 'GSA-Human': 1, GWH: 2, GVM: 3, GenBase: 6, OMIX: 7 }
const check = (repository: Repository, typed: string) => checkAccession(typeOf[repository], typed)

/** What was said, in a line: the accession, `→ suggestion`, or the code and what it names. */
function said(repository: Repository, typed: string): string {
  const answer = check(repository, typed)
  if (answer.ok) return answer.accession
  switch (answer.code) {
    case 'ACCESSION_NEAR_MISS':
      return `→ ${answer.params.suggestion}`
    case 'ACCESSION_SUBOBJECT':
      return `${answer.params.kind} ${answer.params.value}`
    case 'ACCESSION_OTHER_REPOSITORY':
      return `of ${answer.params.belongsTo}`
    case 'ACCESSION_FORM':
      return `like ${answer.params.example}`
  }
}

describe('R14, R15 content types, data types, repositories', () => {
  it('has the manual’s matrix', () => {
    expect(contentTypes.map((content) => offeredDataTypes([content]))).toEqual([
      [1, 2, 3, 5, 6, 9, 10],
      [4, 5, 7, 8, 9, 10],
      [1, 3, 5, 6, 9, 10],
      [1, 3, 6, 9, 10],
      [1, 9, 10],
      [1, 6, 9, 10],
    ])
    expect(dataTypes.map(repositoryOf)).toEqual([
      ...['GSA-Human', 'GWH', 'GVM', 'GVM', 'GVM', 'GenBase', 'OMIX', 'OMIX', 'OMIX', 'OMIX'],
    ])
  })
  it('offers the union, each once, in order', () => {
    fc.assert(
      fc.property(fc.subarray([...contentTypes]), (chosen) => {
        const union = new Set(chosen.flatMap((content) => offeredDataTypes([content])))
        expect(offeredDataTypes(chosen)).toEqual([...union].sort((a, b) => a - b))
      }),
    )
  })
  it('puts every data type into exactly one repository', () => {
    expect(repositories.flatMap(dataTypesOf).sort((a, b) => a - b)).toEqual([...dataTypes])
  })
})

describe('R19 the form of each repository', () => {
  it.each([
    ['GSA-Human', 'HRA000567', 'HRA000567'],
    ['GSA-Human', '  hra000567\n', 'HRA000567'],
    ['GSA-Human', 'ＨＲＡ０００５６７', 'HRA000567'],
    ['GWH', 'GWHAAAA00000000', 'GWHAAAA00000000'],
    ['GWH', 'gwhbdco00000000.12', 'GWHBDCO00000000.12'],
    ['GVM', 'GVM000324', 'GVM000324'],
    ['GenBase', 'C_AA004835', 'C_AA004835'],
    ['GenBase', 'c_aa004835.1', 'C_AA004835.1'],
    ['OMIX', 'omix001226', 'OMIX001226'],
  ] as const)('%s takes %j', (repository, typed, accession) => {
    expect(said(repository, typed)).toBe(accession)
  })
  it.each([
    ['GSA-Human', '', 'like HRA000567'],
    ['GSA-Human', '我的数据', 'like HRA000567'],
    ['GSA-Human', 'HRA1234567', 'like HRA000567'],
    ['GSA-Human', 'HRA', 'like HRA000567'],
    ['GWH', 'GWHAAA00000000', 'like GWHAAAA00000000'],
    ['GVM', 'GVM', 'like GVM000324'],
    ['GenBase', 'X_AA004835', 'like C_AA004835.1'],
    ['OMIX', '001226', 'like OMIX001226'],
    // more than one thing may be meant
    ['GSA-Human', 'HRA567(1)', 'like HRA000567'],
    ['GSA-Human', 'HRA000.56', 'like HRA000567'],
    ['GSA-Human', 'HRA000567、HRA000568', 'like HRA000567'],
    ['GSA-Human', 'HRA0-000567', 'like HRA000567'],
    ['GSA-Human', 'HRA000567000568', 'like HRA000567'],
  ] as const)('%s cannot guess %j', (repository, typed, expected) => {
    expect(said(repository, typed)).toBe(expected)
  })
  it('takes its own example', () => {
    for (const repository of repositories)
      expect(said(repository, repositoryContacts[repository].example)).toBe(
        repositoryContacts[repository].example,
      )
  })
})

describe('R19 a near miss gets a suggestion', () => {
  it.each([
    // a letter missing, too many, or another one
    ['OMIX', 'OMX001226', 'OMIX001226'],
    ['OMIX', 'OMIIX001226', 'OMIX001226'],
    ['GSA-Human', 'HA000567', 'HRA000567'],
    ['GVM', 'GVN000324', 'GVM000324'],
    // O and 0, I or l and 1
    ['GSA-Human', 'HRAOOO567', 'HRA000567'],
    ['GSA-Human', 'HRAl00567', 'HRA100567'],
    ['GSA-Human', 'HRAI00567', 'HRA100567'],
    ['OMIX', '0M1X00I226', 'OMIX001226'],
    ['GWH', 'GWHAAAAOOOOOOO1', 'GWHAAAA00000001'],
    // zeros missing, or too many
    ['GSA-Human', 'HRA567', 'HRA000567'],
    ['GSA-Human', 'HRA0000567', 'HRA000567'],
    ['GWH', 'GWHAAAA1', 'GWHAAAA00000001'],
    ['GenBase', 'C_AA4835.1', 'C_AA004835.1'],
    // marks inside
    ['GSA-Human', 'HRA 000 567', 'HRA000567'],
    ['GVM', 'GVM-000324', 'GVM000324'],
    ['GenBase', 'CAA004835.1', 'C_AA004835.1'],
    ['GenBase', 'C-AA004835', 'C_AA004835'],
    ['GSA-Human', 'HRA000567.1', 'HRA000567'],
    ['GSA-Human', '“HRA000567”', 'HRA000567'],
    ['GSA-Human', 'RA000567', 'HRA000567'],
    ['GSA-Human', 'HRAO00567', 'HRA000567'],
    ['GSA-Human', 'HRA：000567', 'HRA000567'],
    ['GSA-Human', 'HRA000 567', 'HRA000567'],
    // what follows the number is no part of it
    ['GSA-Human', 'HRA000567(1)', 'HRA000567'],
    ['GSA-Human', 'HRA000567（2）', 'HRA000567'],
    ['GSA-Human', 'HRA000567-1', 'HRA000567'],
    ['GSA-Human', 'HRA000567_R1.fastq.gz', 'HRA000567'],
    ['GSA-Human', 'HRA000567 示例队列 300 例', 'HRA000567'],
    ['GVM', 'GVM000324.vcf.gz', 'GVM000324'],
    ['OMIX', 'OMIX001226(1)', 'OMIX001226'],
    ['OMIX', 'OMIX001226_01.zip', 'OMIX001226'],
    ['GWH', 'GWHAAAA00000000.1.genome.fasta', 'GWHAAAA00000000.1'],
    ['GenBase', 'C_AA004835.1 (1)', 'C_AA004835.1'],
  ] as const)('%s: %s → %s', (repository, typed, suggestion) => {
    expect(said(repository, typed)).toBe(`→ ${suggestion}`)
  })

  const example = fc.record({
    repository: fc.constantFrom(...repositories),
    digits: fc.nat(99_999_999).map((number) => String(number).padStart(8, '0')),
    letters: fc
      .array(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), { minLength: 4, maxLength: 4 })
      .map((letters) => letters.join('')),
  })
  const accessionOf = ({
    repository,
    digits,
    letters,
  }: {
    repository: Repository
    digits: string
    letters: string
  }) => {
    switch (repository) {
      case 'GSA-Human':
        return `HRA${digits.slice(2)}`
      case 'GWH':
        return `GWH${letters}${digits}`
      case 'GVM':
        return `GVM${digits.slice(2)}`
      case 'GenBase':
        return `C_${letters.slice(2)}${digits.slice(2)}`
      case 'OMIX':
        return `OMIX${digits.slice(2)}`
    }
  }
  it('takes every well-formed accession', () => {
    fc.assert(
      fc.property(example, (given) => {
        expect(check(given.repository, accessionOf(given))).toEqual({
          ok: true,
          accession: accessionOf(given),
        })
      }),
    )
  })
  it('finds it behind a space or a dash anywhere', () => {
    fc.assert(
      fc.property(example, fc.nat(20), fc.constantFrom(' ', '-', '—', '·'), (given, at, mark) => {
        const right = accessionOf(given)
        const place = 1 + (at % (right.length - 1))
        const typed = right.slice(0, place) + mark + right.slice(place)
        expect(said(given.repository, typed)).toBe(`→ ${right}`)
      }),
    )
  })
  it('finds it when O stands for 0 and I or l for 1 among the digits', () => {
    fc.assert(
      fc.property(example, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (given, swap) => {
        const right = accessionOf(given)
        const digitsFrom = right.length - (given.repository === 'GWH' ? 8 : 6)
        const typed = [...right]
          .map((letter, i) =>
            i < digitsFrom || !swap[i - digitsFrom] ? letter : letter.replace('0', 'O').replace('1', 'l'),
          )
          .join('')
        expect([right, `→ ${right}`]).toContain(said(given.repository, typed))
      }),
      { numRuns: 500 },
    )
  })
  it('suggests only what it takes itself, for any text', () => {
    const letters = 'HRAGWVMCOMIX_ABL0123456789.- 零ｌ'
    const typed = fc.oneof(
      fc.string({ unit: fc.constantFrom(...letters), maxLength: 18 }),
      fc.string(),
      example.chain((given) =>
        fc
          .tuple(fc.nat(20), fc.nat(2), fc.string({ unit: fc.constantFrom(...letters), maxLength: 2 }))
          .map(([at, cut, put]) => {
            const right = accessionOf(given)
            return right.slice(0, at) + put + right.slice(at + cut)
          }),
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...dataTypes), typed, (dataType, text) => {
        const answer = checkAccession(dataType, text)
        if (answer.ok || answer.code !== 'ACCESSION_NEAR_MISS') return
        const { suggestion } = answer.params
        expect(checkAccession(dataType, suggestion)).toEqual({ ok: true, accession: suggestion })
        expect(suggestion).not.toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('R19 a part of a study, or another repository’s number, is named and never corrected', () => {
  it.each([
    ['GSA-Human', 'HRR000123', 'run HRR000123'],
    ['GSA-Human', 'hrx000123', 'experiment HRX000123'],
    ['GSA-Human', 'HRS000123', 'sample HRS000123'],
    ['GSA-Human', 'SAMC012345', 'sample SAMC012345'],
    ['OMIX', 'OMIX001226-01', 'file OMIX001226-01'],
    ['GSA-Human', 'HRR 000123', 'run HRR000123'],
    ['GSA-Human', 'HRS-000123', 'sample HRS000123'],
    ['OMIX', 'OMIX001226–01', 'file OMIX001226-01'],
    ['OMIX', 'OMIX001226 - 01', 'file OMIX001226-01'],
    ['OMIX', 'OMIX001226_01', 'file OMIX001226-01'],
    ['OMIX', 'omix001226＿01', 'file OMIX001226-01'],
  ] as const)('%s: %s is a %s', (repository, typed, expected) => {
    expect(said(repository, typed)).toBe(expected)
  })
  it.each([
    ['GSA-Human', 'CRA000567', 'of GSA'],
    ['GSA-Human', 'cra 000567', 'of GSA'],
    ['GenBase', 'CRA000567', 'of GSA'],
    ['GSA-Human', 'SRA000567', 'of SRA'],
    ['GSA-Human', 'SRP123456', 'of SRA'],
    ['GSA-Human', 'ERA000567', 'of ENA'],
    ['GSA-Human', 'DRA000567', 'of DDBJ'],
    ['GSA-Human', 'CNP0000567', 'of CNGBdb'],
    ['GenBase', 'CNP0000567', 'of CNGBdb'],
    ['GSA-Human', 'PRJCA000567', 'of BioProject'],
    ['GVM', 'GSM000324', 'of GEO'],
    ['OMIX', 'OMIM600123', 'of OMIM'],
    ['OMIX', 'phs000123.v1.p1', 'of dbGaP'],
    ['GSA-Human', 'EGAS00001000567', 'of EGA'],
  ] as const)('%s: %s is one of another archive: %s', (repository, typed, expected) => {
    expect(said(repository, typed)).toBe(expected)
  })
  for (const repository of repositories)
    for (const other of repositories.filter((one) => one !== repository))
      it(`${repositoryContacts[other].example} is no number of ${repository}`, () => {
        expect(check(repository, repositoryContacts[other].example)).toEqual({
          ok: false,
          code: 'ACCESSION_OTHER_REPOSITORY',
          params: {
            value: repositoryContacts[other].example,
            belongsTo: other,
            repository,
            dataType: typeOf[repository],
          },
        })
      })
})

describe('R23 the version is ignored for “same”', () => {
  it.each([
    ['C_AA004835.1', 'C_AA004835'],
    ['C_AA004835', 'C_AA004835'],
    ['GWHAAAA00000000.10', 'GWHAAAA00000000'],
    ['HRA000567', 'HRA000567'],
  ])('%s → %s', (accession, key) => {
    expect(accessionKey(accession)).toBe(key)
  })
})
