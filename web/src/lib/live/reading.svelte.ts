import { readAgainInBackground } from './background.ts'

/**
 * Reads a page again every `interval` ms while its component lives and someone else owes something (null: nothing
 * is owed). A page that is not seen waits, and reads when it is seen again.
 */
export function readEvery(
  interval: () => number | null,
  read: () => Promise<void> = () => readAgainInBackground('app:backup'),
  whenSeenAgain = read,
): void {
  const ifSeen = (what: () => Promise<void>) => (): void => {
    if (document.visibilityState === 'visible') void what()
  }
  $effect(() => {
    const pause = interval()
    if (pause === null) return
    const timer = setInterval(ifSeen(read), pause)
    const seen = ifSeen(whenSeenAgain)
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  })
}
