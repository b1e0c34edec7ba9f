import type { PersonCommand } from '../../domain/backup/commands.ts'
import type { Deps } from '../deps.ts'
import { nowTry } from '../attempts/now.ts'
import { record, type Call, type Recorded } from '../record.ts'

/** R32–R37: number, snapshot and lock in one transaction; then the report system is told, now or later. */
export async function submit(
  deps: Deps,
  call: Call<Extract<PersonCommand, { type: 'submit' }>>,
): Promise<Recorded> {
  return await nowTry(deps, call, await record(deps, call), (job) => job.kind === 'sync')
}
