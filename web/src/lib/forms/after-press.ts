/** When a button is pressed, after that: what appears or goes here would move it away from under the pointer. */
export function afterPress(act: () => void): void {
  if (document.querySelector(':is(a, button):active'))
    document.addEventListener('pointerup', () => setTimeout(act), { once: true })
  else act()
}
