/** What a backup's workflow says of itself in search attributes (R52, R59). */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common'
import type { Job } from '../../domain/backup/owed.ts'
import { nearestDeadline, type Mirror } from '../../domain/backup/mirror.ts'
import { Deadline, Problem, Project, Stage, Unit, WaitingFor } from '../kit/attributes.ts'

/** What a backup's workflow is started with. */
export const firstAttributes = (backup: { unitId: string; projectId: string }): SearchAttributePair[] => [
  { key: Stage, value: 'draft' },
  { key: Unit, value: backup.unitId },
  { key: Project, value: backup.projectId },
  { key: WaitingFor, value: ['researcher'] },
]

export type Moving = { stage: string; deadline: number | null; waitingFor: string[]; problem: string[] }
/** As `firstAttributes` says it. */
export const firstMoving: Moving = { stage: 'draft', deadline: null, waitingFor: ['researcher'], problem: [] }

/** What changes in its life. `Problem` names what an admin should look at. */
export const movingOf = (mirror: Mirror, overdue: readonly Job[]): Moving => ({
  stage: mirror.stage,
  deadline: nearestDeadline(mirror),
  waitingFor: [...mirror.waitingFor],
  problem: problemsOf(mirror, overdue),
})

export const movingPairs = (moving: Moving): SearchAttributeUpdatePair[] => [
  { key: Stage, value: moving.stage },
  { key: Deadline, value: moving.deadline === null ? null : new Date(moving.deadline) },
  { key: WaitingFor, value: moving.waitingFor },
  { key: Problem, value: moving.problem.length > 0 ? moving.problem : null },
]

const problemOf: Record<Job['kind'], string> = {
  check: 'repository-unavailable',
  mail: 'mail-delayed',
  sync: 'report-system-unavailable',
}

function problemsOf(mirror: Mirror, overdue: readonly Job[]): string[] {
  const found = new Set(overdue.map((job) => problemOf[job.kind]))
  for (const file of mirror.files) {
    if (file.status === 'locked') found.add('locked')
    if (file.status === 'pending' && file.consent.status === 'undelivered') found.add('undelivered')
  }
  return [...found]
}
