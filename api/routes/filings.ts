import { recordFiling } from '../../db/filings.ts'
import * as contracts from '../contracts/filings.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'

export function mountFilings(api: Api): void {
  mount(api, contracts.recordFiling, {}, async ({ body }) => {
    const { recorded, unknown, differs } = await recordFiling(api.deps.db, body)
    if (differs) return problem('FILED_OTHERWISE', { filedAt: differs.toISOString() })
    return recorded.length > 0
      ? { status: 200, body: { recorded, unknown } }
      : problem('NUMBERS_UNKNOWN', { numbers: unknown })
  })
}
