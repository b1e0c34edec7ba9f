import { listManagedUnits, listMembers } from '$contracts/managed.ts'
import { one } from '#lib/forms/refused.ts'
import { filtersOf, readFiltered } from '#lib/server/filters.ts'
import { leadToLastPage, pagingOf } from '#lib/server/paging.ts'
import { read } from '#lib/server/submit.ts'
import { search } from '../search.ts'
import type { Actions, PageServerLoad } from './$types'

const plain = ['unitId', 'role'] as const

export const load: PageServerLoad = async (event) => {
  const filters = filtersOf(event, [...plain, 'f'])
  const [members, units] = await Promise.all([
    readFiltered(event, listMembers, { query: { ...pagingOf(event), ...filters } }),
    read(event, listManagedUnits, {}),
  ])
  leadToLastPage(event, members)
  return { members, units: units.items, filters }
}

export const actions = {
  search: (event) => search(event, [...plain, 'size'], (values) => ({ member: one(values, 'member') })),
} satisfies Actions
