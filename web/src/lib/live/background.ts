/** What a page reads again while it is open. */
import { invalidate, invalidateAll } from '$app/navigation'
import { processing } from './processing.svelte.ts'

/**
 * When a read fails, Kit shows an error page instead of the page, and the typed text is lost. So the page is not
 * read while the product cannot answer; it stays as it is, and after a while says that it may be out of date.
 * Without `what` everything is read.
 */
export async function readAgain(what?: string): Promise<void> {
  const mine = (begun = performance.now())
  try {
    if ((await lookAtProcessing()) === 'ok') await (what === undefined ? invalidateAll() : invalidate(what))
  } finally {
    if (begun === mine) begun = undefined
  }
}
/** When the read that is under way began. Kit drops the earlier of two reads, so a read in the background waits for it. */
let begun: number | undefined
const isReading = (): boolean => begun !== undefined && performance.now() - begun < 30_000

const cookie = (seconds: number) => `background=1; path=/; max-age=${seconds}; samesite=strict`

/**
 * R6: what a page asks on its own does not keep the session alive; the server knows it by this cookie, since Kit's
 * own requests carry no header of ours. A click meanwhile is taken for ours at worst; the next one counts.
 */
export async function readAgainInBackground(what?: string): Promise<void> {
  if (isReading()) return
  document.cookie = cookie(10)
  try {
    await readAgain(what)
  } finally {
    document.cookie = cookie(0)
  }
}

/** A countdown of a page that lay in the background, or in a laptop that slept, is not to be trusted (R27). */
export const readWhenSeen = (): void => {
  if (document.visibilityState === 'visible') void readAgainInBackground()
}

/** Asks whether everything is there, for the banner; says whether there is something to read. */
export async function lookAtProcessing(): Promise<'ok' | 'failed'> {
  try {
    const response = await fetch('/readyz?deep', { signal: AbortSignal.timeout(10_000) })
    const { checks } = (await response.json()) as { checks: { database: 'ok' | 'failed' } }
    processing.isReady = response.ok
    return checks.database
  } catch {
    return 'failed'
  }
}
