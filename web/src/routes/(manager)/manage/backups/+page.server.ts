import { listManagedBackups, listManagedUnits } from '$contracts/managed.ts'
import { one } from '#lib/forms/refused.ts'
import { filtersOf, readFiltered } from '#lib/server/filters.ts'
import { leadToLastPage, pagingOf } from '#lib/server/paging.ts'
import { read } from '#lib/server/submit.ts'
import { search } from '../search.ts'
import type { Actions, PageServerLoad } from './$types'

const plain = ['unitId', 'name', 'number', 'filingNumber', 'custodianId'] as const

export const load: PageServerLoad = async (event) => {
  const tab: 'draft' | 'completed' = event.url.searchParams.get('tab') === 'draft' ? 'draft' : 'completed'
  const filters = filtersOf(event, [...plain, 'f'])
  const [backups, units] = await Promise.all([
    readFiltered(event, listManagedBackups, { query: { ...pagingOf(event), ...filters, stage: tab } }),
    read(event, listManagedUnits, {}),
  ])
  leadToLastPage(event, backups)
  return { backups, units: units.items, filters, tab }
}

export const actions = {
  search: (event) =>
    search(event, ['tab', ...plain, 'size'], (values) => ({
      lead: one(values, 'lead'),
      custodian: one(values, 'custodian'),
    })),
} satisfies Actions
