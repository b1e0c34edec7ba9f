import { keyOf } from './kept-input.ts'

/** Few pages have anything to put back, so the code for it comes then: before the page is alive, since that blanks its fields. */
export const loadKept = () =>
  sessionStorage.getItem(keyOf(location.pathname)) === null
    ? undefined
    : import('./fill-input.ts').catch(() => undefined)
export const restoreInput = async (): Promise<void> => (await loadKept())?.restoreInput()
