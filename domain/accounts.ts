/** Who may sign in, and where they belong, as the identity provider says it (R2). */

export const roles = ['researcher', 'unit_admin', 'legal_entity', 'operator'] as const
export type Role = (typeof roles)[number]

export type Unit = { id: string; name: string }
/** `above` unknown: the provider named the unit without a path, which says nothing about the unit above it. */
export type UnitStep = Unit & { above?: 'unknown' }

/** The own unit first, its root last. The provider's path may begin with the own unit or with the one above it. */
export function unitPathOf(unit: (Unit & { path: readonly Unit[] }) | null | undefined): UnitStep[] {
  if (!unit) return []
  const { path, ...own } = unit
  if (path.length === 0) return [{ ...own, above: 'unknown' }]
  return path[0]?.id === own.id ? [...path] : [own, ...path]
}
