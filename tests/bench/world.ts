/** A world for measurements: people, and for each life a data set of the lead's and one of a depositor's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const people = 16
const units = 4

export const loginOf = (person: number): string => `bench-${person}`
export const leadOf = (person: number): string => `lead.${person}@bench.example.cn`

/** What life number `n` links. Its numbers are used once: the rules count codes per data set and recipient. */
export const dataSetsOf = (life: number): { own: DataSet; other: DataSet } => {
  const serial = String(life).padStart(6, '0')
  return {
    own: { repository: 'GSA-Human', accession: `HRA${serial}`, account: leadOf(life % people) },
    other: { repository: 'GVM', accession: `GVM${serial}`, account: `depositor.n${serial}@depot.example.cn` },
  }
}
export type DataSet = { repository: string; accession: string; account: string }

/** Written to `folder`, from where the stand-ins read it (WORLD_DIR). */
export function writeWorld(folder: string, lives: number): void {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  const tree = Array.from({ length: units }, (_, i) => ({
    id: `unit-${i + 1}`,
    name: `测量单位${i + 1}`,
    parentId: 'unit-0',
  }))
  write('units.json', [{ id: 'unit-0', name: '测量单位总部' }, ...tree])
  const account = (person: number) => ({
    login: loginOf(person),
    sub: `bench-person-${person}`,
    name: `测量员${person}`,
    phone: `139000000${String(person).padStart(2, '0')}`,
    email: leadOf(person),
    unitId: `unit-${1 + (person % units)}`,
    unitAuthorised: true,
    role: 'researcher',
  })
  write(
    'accounts.json',
    Array.from({ length: people }, (_, person) => account(person)),
  )
  write('data-sets.json', Array.from({ length: lives }, (_, life) => Object.values(dataSetsOf(life))).flat())
  write('legacy.json', [])
}
