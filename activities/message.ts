/** Without pg's `detail`, which would show what was typed. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
