/** Puts a value into a field as if it had been typed and left: the form reads it, and a wrong field is checked again. */
export function fillIn(input: HTMLInputElement | null | undefined, value: string): void {
  if (!input) return
  input.value = value
  for (const type of ['input', 'change', 'blur']) input.dispatchEvent(new Event(type, { bubbles: true }))
}
