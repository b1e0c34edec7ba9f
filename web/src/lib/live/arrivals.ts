const arrivals = new Map<string, number>()

/** When this page first saw a `serverNow`; every component that shows it counts from then. */
export function arrivalOf(serverNow: string): number {
  const at = arrivals.get(serverNow) ?? performance.now()
  if (typeof window !== 'undefined' && !arrivals.has(serverNow)) {
    arrivals.set(serverNow, at)
    const [oldest] = arrivals.keys()
    if (arrivals.size > 100 && oldest !== undefined) arrivals.delete(oldest)
  }
  return at
}
