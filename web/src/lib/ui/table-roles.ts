/**
 * Below 1024 px tables are drawn as cards, and browsers then drop their table semantics: explicit roles keep
 * them (R55). Use as `{@attach tableRoles}`.
 */
const roles = {
  TABLE: 'table',
  THEAD: 'rowgroup',
  TBODY: 'rowgroup',
  TFOOT: 'rowgroup',
  TR: 'row',
  TD: 'cell',
} as const

function setRoles(table: Element): void {
  for (const element of [table, ...table.querySelectorAll('thead, tbody, tfoot, tr, td, th')]) {
    const role =
      element.tagName === 'TH'
        ? element.getAttribute('scope') === 'row'
          ? 'rowheader'
          : 'columnheader'
        : roles[element.tagName as keyof typeof roles]
    if (role) element.setAttribute('role', role)
  }
}

export function tableRoles(table: Element): () => void {
  setRoles(table)
  const observer = new MutationObserver(() => setRoles(table))
  observer.observe(table, { childList: true, subtree: true })
  return () => observer.disconnect()
}
