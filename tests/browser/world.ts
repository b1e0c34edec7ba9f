/** A world that is not the sample world: other units, people and data sets; nothing may hang on the samples. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Each test file has people of its own, since the files share one product. */
const people = {
  geng: { name: '示例庚', unitId: 'institute' },
  xin: { name: '示例辛', unitId: 'hospital' },
  ren: { name: '示例壬', unitId: 'institute' },
  gui: { name: '示例癸', unitId: 'hospital' },
  // Not authorised by the unit (R3).
  zi: { name: '示例子', unitId: 'institute', unitAuthorised: false },
  chou: { name: '示例丑', unitId: 'institute', role: 'unit_admin' },
  yin: { name: '示例寅', unitId: 'group', role: 'legal_entity' },
  mao: { name: '示例卯', unitId: 'institute' },
  chen: { name: '示例辰', unitId: 'institute' },
  si: { name: '示例巳', unitId: 'hospital' },
  wu: { name: '示例午', unitId: 'hospital' },
  you: { name: '示例酉', unitId: 'institute' },
  shen: { name: '示例申', unitId: 'institute' },
  wei: { name: '示例未', unitId: 'hospital' },
  xu: { name: '示例戌', unitId: 'institute' },
  hai: { name: '示例亥', unitId: 'hospital' },
  jiao: { name: '示例角', unitId: 'institute' },
} as const
export type Login = keyof typeof people
const logins = Object.keys(people) as Login[]

export const nameOf = (login: Login): string => people[login].name
export const emailOf = (login: Login): string => `${login}.lead@example.org`
/** The depositor who is not the lead; each lead has another one. */
export const contributorOf = (login: Login): string => `${login}.contributor@example.net`

/** Data sets in GSA-Human: 1–5 deposited by the lead, 6–9 by the contributor. */
export const accessionOf = (login: Login, n: number): string => `HRA0${20 + logins.indexOf(login)}00${n}`

export function writeWorld(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-world-'))
  const write = (file: string, list: object[]) =>
    writeFileSync(join(folder, file), JSON.stringify(list, null, 2))
  write('units.json', [
    { id: 'group', name: '示例集团' },
    { id: 'institute', name: '示例研究所', parentId: 'group' },
    { id: 'hospital', name: '示例医院', parentId: 'group' },
  ])
  write(
    'accounts.json',
    logins.map((login, i) => ({
      login,
      sub: `other-${login}`,
      phone: `139${String(i).padStart(8, '0')}`,
      email: `${login}@example.org`,
      unitAuthorised: true,
      role: 'researcher',
      ...people[login],
    })),
  )
  write(
    'data-sets.json',
    logins.flatMap((login) =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({
        repository: 'GSA-Human',
        accession: accessionOf(login, n),
        account: n < 6 ? emailOf(login) : contributorOf(login),
      })),
    ),
  )
  write('legacy.json', [])
  return folder
}
