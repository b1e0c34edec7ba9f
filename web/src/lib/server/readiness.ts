/**
 * Whether background processing answers, for the banner. A page never waits for it: it shows what was known
 * and asks again, at most once in 5 s per process.
 */
const interval = 5000
let askedAt = -Infinity
let isReady = true

export function isProcessing(fetch: typeof globalThis.fetch): boolean {
  if (performance.now() - askedAt > interval) {
    askedAt = performance.now()
    void ask(fetch)
  }
  return isReady
}

async function ask(fetch: typeof globalThis.fetch): Promise<void> {
  try {
    const response = await fetch('/readyz?deep', { signal: AbortSignal.timeout(interval) })
    isReady = response.status !== 503
  } catch {
    isReady = false
  }
}
