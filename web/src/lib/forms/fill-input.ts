import { controls, keyOf, type Input } from './kept-input.ts'

export function restoreInput(): void {
  const text = sessionStorage.getItem(keyOf(location.pathname))
  // The page that asks to sign in again stands at the same address, without the form.
  if (text === null || controls().length === 0) return
  sessionStorage.removeItem(keyOf(location.pathname))
  fillInput(JSON.parse(text) as Input)
}

export function fillInput(kept: Input): void {
  for (const control of controls()) {
    const isBox = control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type)
    const entry = kept.find(([name, value]) => name === control.name && (!isBox || value === control.value))
    if (!entry) continue
    if (isBox) control.checked = entry[2]
    else control.value = entry[1]
    control.dispatchEvent(
      new Event(isBox || control instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }),
    )
  }
}
