import type { SubmitFunction } from '$app/forms'

/** A form's way to the server: what was typed stays, a second click while it is under way does nothing. */
export class Sending {
  now = $state(false)

  readonly enhance: SubmitFunction = ({ cancel }) => {
    if (this.now) return cancel()
    this.now = true
    return async ({ update }) => {
      await update({ reset: false })
      this.now = false
    }
  }
}
