/** R6: what a page asks on its own does not keep the session alive; the server knows it by this cookie. */
import { invalidate } from '$app/navigation'

const cookie = (seconds: number) => `background=1; path=/; max-age=${seconds}; samesite=strict`

/** Kit's own requests carry no header of ours. A click meanwhile is taken for ours at worst; the next one counts. */
export async function readAgainInBackground(what: string): Promise<void> {
  document.cookie = cookie(10)
  try {
    await invalidate(what)
  } finally {
    document.cookie = cookie(0)
  }
}
