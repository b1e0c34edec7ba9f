/** What a backup's workflow says of itself in search attributes (R52, R59). */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common'
import type { Job } from '../../domain/backup/owed.ts'
import { nearestDeadline, type Mirror } from '../../domain/backup/mirror.ts'
import { kindOf, type CauseKind, type Trouble } from '../../domain/backup/outside.ts'
import { withStaff, type Wait } from '../../domain/backup/waits.ts'
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
export const movingOf = (mirror: Mirror, overdue: readonly Overdue[]): Moving => ({
  stage: mirror.stage,
  deadline: nearestDeadline(mirror),
  waitingFor: waitsOf(mirror, overdue),
  problem: problemsOf(mirror, overdue),
})

/** Owed work without an answer that counts, and what is known of it. */
export type Overdue = { job: Job; trouble: Trouble | undefined }

export const waitsOf = (mirror: Mirror, overdue: readonly Overdue[]): Wait[] =>
  withStaff(
    mirror.waitingFor,
    overdue.map(({ trouble }) => trouble?.cause ?? null),
  )

export const movingPairs = (moving: Moving): SearchAttributeUpdatePair[] => [
  { key: Stage, value: moving.stage },
  { key: Deadline, value: moving.deadline === null ? null : new Date(moving.deadline) },
  { key: WaitingFor, value: moving.waitingFor },
  { key: Problem, value: moving.problem.length > 0 ? moving.problem : null },
]

const problemOf: Record<Job['kind'], Record<CauseKind, string>> = {
  check: {
    outage: 'repository-unavailable',
    nonsense: 'repository-wrong-answer',
    'refuses-us': 'repository-refuses-us',
    rejected: 'lookup-rejected',
  },
  mail: {
    outage: 'mail-delayed',
    nonsense: 'mail-delayed',
    'refuses-us': 'mail-refuses-us',
    rejected: 'mail-delayed',
  },
  sync: {
    outage: 'report-system-unavailable',
    nonsense: 'report-system-wrong-answer',
    'refuses-us': 'report-system-refuses-us',
    rejected: 'report-rejected',
  },
}

/** With the name of each repository concerned, so that all of one can be found. */
function problemsOf(mirror: Mirror, overdue: readonly Overdue[]): string[] {
  const found = new Set<string>()
  for (const { job, trouble } of overdue) {
    found.add(problemOf[job.kind][trouble ? kindOf(trouble.cause) : 'outage'])
    const file = job.kind === 'check' && mirror.files.find((one) => one.id === job.fileId)
    if (file) found.add(file.repository)
  }
  for (const file of mirror.files) {
    if (file.status === 'locked') found.add('locked')
    if (file.status === 'pending' && file.consent.status === 'undelivered') found.add('undelivered')
  }
  return [...found]
}
