/**
 * Errors that say the database is away or overloaded, not that we are wrong: classes 08 (connection), 40 (rolled
 * back for another's sake), 53 (resources), 57 (stopped, time-out), a lock not granted in time, a server that may not
 * write (yet), a transaction that was cut, the network's and the driver's own. Whether it committed may be open; the repeat with the same key finds out.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(08|40|53|57)...$/.test(code) ||
    ['25006', '25P03', '55P03'].includes(code) ||
    networkCodes.includes(code) ||
    /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/.test(
      error.message,
    )
  )
}

/** Also of a name that does not resolve: a container that is started again has none meanwhile. */
const networkCodes: readonly string[] = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
]
