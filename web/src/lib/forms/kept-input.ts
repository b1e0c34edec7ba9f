/**
 * Typed input survives a change of language, a new sign-in and the arrival of script on a slow line: kept in
 * this tab's session storage under the page's address, put back once. Codes are never kept (R31).
 */
export const keyOf = (path: string): string => `kept:${path}`

/**
 * Also what the form was filled with (`baseName`), since typed values are compared with that, and its command (`cmd`): one
 * that got no answer stays the same command.
 */
const isKept = (element: Element): element is HTMLInputElement | HTMLSelectElement =>
  (element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement &&
      (element.type !== 'hidden' || element.name.startsWith('base') || element.name === 'cmd') &&
      element.autocomplete !== 'one-time-code')) &&
  element.name !== ''

export const controls = () =>
  [...document.querySelectorAll('main form[method=post] :is(input, select)')].filter(isKept)

export type Input = [name: string, value: string, checked: boolean][]
export const readInput = (): Input =>
  controls().map((control) => [
    control.name,
    control.value,
    control instanceof HTMLInputElement && control.checked,
  ])

export function keepInput(): void {
  const kept = readInput()
  if (kept.length > 0) sessionStorage.setItem(keyOf(location.pathname), JSON.stringify(kept))
}

/** The account that uses this tab now. What another account typed here is deleted (R56, R59). */
export function inputBelongsTo(accountId: string | undefined): void {
  if (accountId === undefined) return
  const before = sessionStorage.getItem('kept-for')
  if (before !== null && before !== accountId) sessionStorage.clear()
  sessionStorage.setItem('kept-for', accountId)
}

/** With the sign-out, and on the page that follows it: nothing of the last person stays in the tab (R59). */
export const forgetInput = (): void => sessionStorage.clear()

/** What was typed before script came: its first rendering would put the page's own values back. */
export function keepEarlyInput(): void {
  if (sessionStorage.getItem(keyOf(location.pathname)) === null && controls().some(isChanged)) keepInput()
}

/** Something differs from what the page held when it was opened. */
export const isChanged = (control: Element): boolean =>
  control instanceof HTMLInputElement
    ? control.value !== control.defaultValue || control.checked !== control.defaultChecked
    : control instanceof HTMLSelectElement &&
      [...control.options].some((option) => option.selected !== option.defaultSelected)
