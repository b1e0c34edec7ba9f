/** The people of the world with what was switched for them since, and when each last changed. */
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '../state-files.ts'
import { type Account, accountSchema, unitPath, type World } from '../world.ts'

/** What identity says of a person, in the ID token and in the list of accounts. */
interface Person {
  sub: string
  name: string
  phone_number: string
  email: string
  /** `path` begins with the unit itself and ends with the root of its tree. */
  unit: { id: string; name: string; path: { id: string; name: string }[] }
  unit_authorised: boolean
  role: Account['role']
}
type ListedPerson = Person & { active: boolean; changedAt: string }

const { shape } = accountSchema
export const accountChange = z.strictObject({
  active: z.exactOptional(z.boolean()),
  unitId: z.exactOptional(shape.unitId),
  unitAuthorised: z.exactOptional(shape.unitAuthorised),
  role: z.exactOptional(shape.role),
  name: z.exactOptional(shape.name),
  phone: z.exactOptional(shape.phone),
  email: z.exactOptional(shape.email),
})
type Change = z.infer<typeof accountChange>

export interface Accounts {
  all(): Account[]
  /** Undefined when no account has that login. */
  change(login: string, change: Change): Account | undefined
  person(account: Account): Person
  /** Those that changed at or after the moment, ISO 8601; all accounts without one. */
  changedSince(moment: string | undefined): ListedPerson[]
  /** Subjects that may no longer log in and could when this was last asked. */
  newlyInactive(): string[]
}

interface Seen {
  fingerprint: string
  person: Person
  active: boolean
  changedAt: string
}

export function openAccounts(world: World, folder: string): Accounts {
  const changesFile = join(folder, 'account-changes.json')
  const seenFile = join(folder, 'accounts-seen.json')
  const changes = readJson<Record<string, Change>>(changesFile) ?? {}
  const seen = readJson<Record<string, Seen>>(seenFile) ?? {}

  const all = () => world.accounts().map((account) => ({ ...account, ...changes[account.login] }))

  function person({ sub, name, phone, email, unitId, unitAuthorised, role }: Account): Person {
    const path = unitPath(world.units(), unitId)
    const unit = { id: unitId, name: path[0]?.name ?? unitId, path }
    return { sub, name, phone_number: phone, email, unit, unit_authorised: unitAuthorised, role }
  }

  /** Compares the world with what was seen last; who is no longer in it has left. Returns who became inactive. */
  function look(): string[] {
    const changedAt = new Date().toISOString()
    const present = new Map(
      all().map((account) => [account.sub, { active: account.active, person: person(account) }]),
    )
    const left = Object.values(seen).filter((known) => !present.has(known.person.sub))
    for (const { person } of left) present.set(person.sub, { active: false, person })
    const stopped: string[] = []
    let news = false
    for (const [sub, now] of present) {
      const fingerprint = JSON.stringify(now)
      const before = seen[sub]
      if (before?.fingerprint === fingerprint) continue
      if (before?.active && !now.active) stopped.push(sub)
      seen[sub] = { ...now, fingerprint, changedAt }
      news = true
    }
    if (news) writeJson(seenFile, seen)
    return stopped
  }

  let stopped: string[] = []
  const lookAgain = () => (stopped = [...stopped, ...look()])
  lookAgain()
  return {
    all,
    person,
    change: (login, change) => {
      const account = all().find((known) => known.login === login)
      if (!account) return undefined
      changes[login] = { ...changes[login], ...change }
      writeJson(changesFile, changes)
      return { ...account, ...change }
    },
    changedSince: (moment) => {
      lookAgain()
      const changed = Object.values(seen).filter((known) => moment === undefined || known.changedAt >= moment)
      return changed.map(({ person, active, changedAt }) => ({ ...person, active, changedAt }))
    },
    newlyInactive: () => {
      lookAgain()
      const subjects = stopped
      stopped = []
      return subjects
    },
  }
}
