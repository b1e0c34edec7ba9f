/** A world for fault runs: people whose names occur nowhere by chance, and data sets for each of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataSet, Person } from './evidence.ts'

export type FaultWorld = {
  people: Person[]
  dataSets: DataSet[]
  /** What a person deposited, and what others did. */
  own(login: string): DataSet[]
  others(login: string): DataSet[]
}

const units = [
  { id: 'unit-0', name: '示例单位总部' },
  { id: 'unit-1', name: '示例单位', parentId: 'unit-0' },
  { id: 'unit-2', name: '示例单位二', parentId: 'unit-0' },
]
const surnames = '欧阳上官诸葛慕容端木'
const kinds = [
  { repository: 'GSA-Human', prefix: 'HRA' },
  { repository: 'GVM', prefix: 'GVM' },
  { repository: 'OMIX', prefix: 'OMIX' },
]
const perKind = 30

/** Written to `folder`, from where the stand-ins read it (WORLD_DIR). */
export function writeWorld(folder: string, howMany: number): FaultWorld {
  const people = Array.from({ length: howMany }, (_, i): Person => {
    const surname = surnames.slice((i % 5) * 2, (i % 5) * 2 + 2)
    return {
      login: `researcher-${i}`,
      subject: `person-${i}`,
      name: `${surname}试错${'甲乙丙丁戊己庚辛壬癸'.charAt(i % 10)}`,
      phone: `139777700${String(i).padStart(2, '0')}`,
      email: `lead.person.${i}@trial-world.example.cn`,
      unit: `unit-${1 + (i % 2)}`,
    }
  })
  const sets = people.map(({ email }, i) => ({
    own: setsOf(i, 0, () => email),
    others: setsOf(i, 1, depositor),
  }))
  const dataSets = sets.flatMap(({ own, others }) => [...own, ...others])
  const accounts = people.map(({ subject, unit, ...person }) => ({
    ...person,
    sub: subject,
    unitId: unit,
    unitAuthorised: true,
    role: 'researcher',
  }))
  mkdirSync(folder, { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  write('units.json', units)
  write('accounts.json', accounts)
  write('data-sets.json', dataSets)
  write('legacy.json', [])
  const indexOf = (login: string) => people.findIndex((person) => person.login === login)
  return {
    people,
    dataSets,
    own: (login) => sets[indexOf(login)]?.own ?? [],
    others: (login) => sets[indexOf(login)]?.others ?? [],
  }
}

/** Every seventh data set is one busy person's, whose mails of a day are soon too many. */
const depositor = (serial: string) =>
  `depositor.${Number(serial.slice(-3)) % 7 === 0 ? 'busy' : serial}@trial-depot.example.cn`

function setsOf(person: number, group: number, accountOf: (serial: string) => string): DataSet[] {
  return kinds.flatMap(({ repository, prefix }, kind) =>
    Array.from({ length: perKind }, (_, i) => {
      const serial = `${person}${group}${kind}${String(i).padStart(3, '0')}`
      return { repository, accession: `${prefix}${serial}`, account: accountOf(`n${serial}`) }
    }),
  )
}
