/** Who may sign in, and where they belong, as the identity provider says it (R2). */
import { cleanLine, comparable, isFit } from './text.ts'

export const roles = ['researcher', 'unit_admin', 'legal_entity', 'operator'] as const
export type Role = (typeof roles)[number]
/** The first page after sign-in (R5). */
export const homeOf = {
  researcher: '/projects',
  unit_admin: '/manage/backups',
  legal_entity: '/manage/backups',
  operator: '/guide',
} as const satisfies Record<Role, string>

export type Unit = { id: string; name: string }
/** `above` unknown: the provider named the unit without a path, which says nothing about the unit above it. */
export type UnitStep = Unit & { above?: 'unknown' }

/** What the provider says of a person, at a sign-in and in its list. `unitPath`: the own unit first, its root last. */
export type PersonClaims = {
  subject: string
  name: string
  phone: string
  email: string
  role: Role
  unitAuthorised: boolean
  unitPath: readonly UnitStep[]
}

/**
 * Reads the claims of a person of ours; undefined when they are not. Null counts as missing. Lines are cleaned, so that
 * no database and no mail stumbles over them; an id is taken as it is or not at all, since a cleaned one is another's.
 */
export function readPerson(claims: Readonly<Record<string, unknown>>): PersonClaims | undefined {
  const subject = readId(claims['sub'])
  const name = lineOf(claims['name'])
  const role = roles.find((each) => each === claims['role'])
  const unitPath = readUnit(claims['unit'])
  if (subject === undefined || name === '' || !role || !unitPath) return undefined
  return {
    ...{ subject, name, role, unitPath },
    phone: lineOf(claims['phone_number']),
    email: lineOf(claims['email']),
    unitAuthorised: claims['unit_authorised'] === true,
  }
}

/** OpenID Connect Core §2: at most 255 characters. */
export const readId = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 255 && isFit(value) ? value : undefined

/** '' where there is none, or nothing to be seen. */
function lineOf(value: unknown): string {
  const line = typeof value === 'string' ? cleanLine(value) : ''
  return comparable(line) === '' ? '' : line
}

/** [] without a unit; undefined when it cannot be read. */
function readUnit(value: unknown): UnitStep[] | undefined {
  if (value === null || value === undefined) return []
  const own = readStep(value)
  const { path } = value as { path?: unknown }
  const steps =
    path === null || path === undefined ? [] : Array.isArray(path) ? path.map(readStep) : undefined
  if (!own || !steps?.every((step) => step !== undefined)) return undefined
  return unitPathOf({ ...own, path: steps })
}

function readStep(value: unknown): Unit | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, name } = value as { id?: unknown; name?: unknown }
  const step = { id: readId(id), name: lineOf(name) }
  return step.id !== undefined && step.name !== '' ? { id: step.id, name: step.name } : undefined
}

/** The own unit first, its root last. The provider's path may begin with the own unit or with the one above it. */
export function unitPathOf({ path, ...own }: Unit & { path: readonly Unit[] }): UnitStep[] {
  if (path.length === 0) return [{ ...own, above: 'unknown' }]
  const whole = path[0]?.id === own.id ? path : [own, ...path]
  // A unit is not above itself, whatever a path says.
  return whole.filter((step, i) => whole.findIndex(({ id }) => id === step.id) === i)
}
