import type { SubmitFunction } from '$app/forms'
import { keepInput } from '#lib/kept-input.ts'

/** A form's way to the server: what was typed stays, a second click while it is under way does nothing. */
export class Sending {
  now = $state(false)

  readonly enhance: SubmitFunction = ({ cancel }) => {
    if (this.now) return cancel()
    this.now = true
    return async ({ result, update }) => {
      // The session ended: the page gives way to the sign-in, and comes back with what was typed.
      if (result.type === 'error' && result.status === 401) keepInput()
      await update({ reset: false })
      this.now = false
    }
  }
}
