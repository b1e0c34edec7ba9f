import type { ClientInit } from '@sveltejs/kit/hooks'
import { keepEarlyInput } from '#lib/forms/kept-input.ts'
import { loadKept } from '#lib/forms/restore-input.ts'
import { localeOf, takeLocaleFrom } from '#lib/words/language.ts'
import { loadProblemTexts } from '#lib/words/problem.ts'

/** Before the page becomes alive: one that shows a refusal needs its text. */
export const init: ClientInit = async () => {
  if (document.querySelector('[data-refused], .error')) await loadProblemTexts()
  await loadKept()
}

takeLocaleFrom(() => localeOf(document.documentElement.lang))
keepEarlyInput()
