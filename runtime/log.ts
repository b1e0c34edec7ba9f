import { pino, type Logger } from 'pino'

export type { Logger }
export type Log = Logger

/**
 * Lines of JSON on standard output. R59: only ids, codes, times and counts are logged; an error keeps its
 * message and stack, never the fields beside them (Postgres puts typed values into `detail`).
 */
export const createLog = (level: string, name: string): Logger =>
  pino({
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorOf, error: (said) => (typeof said === 'string' ? said : errorOf(said)) },
  })

function errorOf(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: errorOf(error.cause) }),
  }
}
