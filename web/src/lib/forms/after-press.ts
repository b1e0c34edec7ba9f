/**
 * Acts when nothing is pressed: a message that comes or goes moves what stands below it, and a press is lost when its
 * target moves away before the release. The click follows the release at once, so this waits for it too.
 */
export function afterPress(act: () => unknown): void {
  if (!document.querySelector(':active')) return void act()
  const waiting = new AbortController()
  const release = () => {
    waiting.abort()
    setTimeout(() => void act())
  }
  for (const type of ['mouseup', 'keyup']) addEventListener(type, release, waiting)
}
