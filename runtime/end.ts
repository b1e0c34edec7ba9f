/** A process that cannot start says why in one line, without a stack. */
export function endWith(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
