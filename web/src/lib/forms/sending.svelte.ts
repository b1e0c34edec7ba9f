import type { ActionResult, SubmitFunction } from '$app/forms'
import { applyAction } from '$app/forms'
import { keepInput } from '#lib/forms/kept-input.ts'
import { loadProblemTexts } from '#lib/words/problem.ts'
import { one, refusedAs, unconfirmed, valuesOf } from '#lib/forms/refused.ts'

/** A form's way to the server: what was typed stays, a second click while it is under way does nothing. */
export class Sending {
  now = $state(false)
  readonly #afterRefusal: () => Promise<void>

  /** `afterRefusal`: what the page does besides showing why. */
  constructor({ afterRefusal = () => Promise.resolve() } = {}) {
    this.#afterRefusal = afterRefusal
  }

  readonly enhance: SubmitFunction = ({ cancel, formData }) => {
    if (this.now) return cancel()
    this.now = true
    return async ({ result, update }) => {
      // The page gives way to the sign-in, or to an error, and comes back with what was typed.
      if (result.type === 'error') keepInput()
      const answer = await answered(result, formData)
      if (answer === result) await update({ reset: false })
      else await applyAction(answer)
      if (result.type === 'failure') await this.#afterRefusal()
      this.now = false
    }
  }
}

/**
 * No answer came, or a proxy in between answered: the page stays and says that nothing is confirmed. Sending
 * again sends the same command, so nothing is done twice.
 */
export async function answered(result: ActionResult, formData: FormData): Promise<ActionResult> {
  if (result.type === 'failure') await loadProblemTexts()
  if (result.type !== 'error' || result.status !== undefined) return result
  const values = valuesOf(formData)
  const data = refusedAs(unconfirmed, values, one(values, 'cmd'))
  return { type: 'failure', status: unconfirmed.status, data, location: location.href }
}
