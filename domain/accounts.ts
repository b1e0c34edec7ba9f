/** Who may sign in, and where they belong, as the identity provider says it (R2). */

export const roles = ['researcher', 'unit_admin', 'legal_entity', 'operator'] as const
export type Role = (typeof roles)[number]

export type Unit = { id: string; name: string }

/** The own unit first, its root last. The provider's path may begin with the own unit or with the one above it. */
export function unitPathOf(unit: (Unit & { path: readonly Unit[] }) | null | undefined): Unit[] {
  if (!unit) return []
  const { path, ...own } = unit
  return path[0]?.id === own.id ? [...path] : [own, ...path]
}
