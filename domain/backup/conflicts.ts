/** R58: two people, one form. A form says what it was filled with (`base`), field by field. */
export type Base<T> = { [K in keyof T]?: T[K] | undefined }

/** What a person means: a field that was left as the form began stays as it is now. */
export function meant<T extends object>(current: T, wanted: T, base: Base<T> = {}): T {
  const left = (Object.keys(wanted) as (keyof T)[]).filter(
    (field) => base[field] !== undefined && isSame(wanted[field], base[field]),
  )
  return { ...wanted, ...Object.fromEntries(left.map((field) => [field, current[field]])) }
}

/** The fields that another person changed since: neither as the form began nor already as wanted. */
export function staleFields<T extends object>(current: T, wanted: T, base: Base<T> = {}): string[] {
  return (Object.keys(wanted) as (keyof T & string)[]).filter(
    (field) =>
      base[field] !== undefined &&
      !isSame(current[field], base[field]) &&
      !isSame(current[field], wanted[field]),
  )
}

const isSame = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) && Array.isArray(b) ? isSameSet(a, b) : a === b

export const isSameSet = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item))
