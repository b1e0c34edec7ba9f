/** Search attributes of a backup's workflow: codes and ids only, no personal data (R52, R59). */
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common'
import type { Mirror } from '../domain/backup.ts'

export const Stage = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD)
export const Unit = defineSearchAttributeKey('Unit', SearchAttributeType.KEYWORD)
export const Project = defineSearchAttributeKey('Project', SearchAttributeType.KEYWORD)
export const Deadline = defineSearchAttributeKey('Deadline', SearchAttributeType.DATETIME)
export const WaitingFor = defineSearchAttributeKey('WaitingFor', SearchAttributeType.KEYWORD_LIST)
export const Problem = defineSearchAttributeKey('Problem', SearchAttributeType.KEYWORD_LIST)
export const searchAttributes = [Stage, Unit, Project, Deadline, WaitingFor, Problem]

/** What a backup's workflow is started with. */
export const firstAttributes = (backup: { unitId: string; projectId: string }): SearchAttributePair[] => [
  { key: Stage, value: 'draft' },
  { key: Unit, value: backup.unitId },
  { key: Project, value: backup.projectId },
  { key: WaitingFor, value: ['researcher'] },
]

/** What changes in its life. Codes of UX §2.6; `Problem` names what an admin should look at. */
export const attributesOf = (mirror: Mirror): Moving => ({
  stage: mirror.stage,
  deadline: mirror.deadline,
  waitingFor: [...mirror.waitingFor],
  problem: problemsOf(mirror),
})
export type Moving = { stage: string; deadline: number | null; waitingFor: string[]; problem: string[] }

function problemsOf(mirror: Mirror): string[] {
  const found = new Set<string>()
  for (const file of mirror.files) {
    if (file.status === 'locked') found.add('locked')
    if (file.status === 'pending' && file.consent.status === 'undelivered') found.add('undelivered')
  }
  return [...found]
}
