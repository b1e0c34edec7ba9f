/** Where a person goes on after signing in or changing the language: a path of this site, fit for a header; else ''. */
export function returnPath(to: string | null | undefined): string {
  if (!to || to.length > 2_000 || !to.startsWith('/') || /[\s\\\p{Cc}\p{Cs}]/u.test(to)) return ''
  const site = 'http://site.invalid'
  const url = URL.parse(to, site)
  if (url?.origin !== site) return ''
  const path = url.pathname + url.search + url.hash
  // `/..//host` has become `//host`, which leads elsewhere.
  return /^\/(?![/\\])/.test(path) && isReadable(path) ? path : ''
}

/** No page has a control character in its address, nor bytes that are no text. */
function isReadable(path: string): boolean {
  try {
    return !/\p{Cc}/u.test(decodeURIComponent(path))
  } catch {
    return false
  }
}
