/** A kind of process: what everything that starts, finds or talks to one needs to know of it. */
import type { SearchAttributePair } from '@temporalio/common'

export type Where = { taskQueue: string; publicUrl: string }

export type ProcessKind<Subject extends { reference: string }, Input> = {
  /** The workflow's type, its function's name. */
  type: string
  /** The title in Temporal Web; holds no personal data and stays for ever. */
  workflowIdOf: (subject: { reference: string }) => string
  input: (subject: Subject) => Input
  /** What the workflow is started with; it moves them itself later. */
  attributes: (subject: Subject) => SearchAttributePair[]
  /** In Temporal Web: one line, and a link to the page of it. */
  summary: (subject: Subject) => string
  details: (subject: Subject, publicUrl: string) => string
}

// Measured: after a kill -9 of the worker everything answers again in 2.3 s instead of 10.6 s.
const workflowTaskTimeout = '2s'

/**
 * How a process is started, by each place that finds it missing: creating its row, a command that meets no workflow,
 * the sweep. A running one is left alone; a lost or finished one starts again from its row.
 */
export const startOptions = <Subject extends { reference: string }, Input>(
  kind: ProcessKind<Subject, Input>,
  subject: Subject,
  { taskQueue, publicUrl }: Where,
) => ({
  workflowId: kind.workflowIdOf(subject),
  taskQueue,
  args: [kind.input(subject)] as [Input],
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  workflowTaskTimeout,
  typedSearchAttributes: kind.attributes(subject),
  staticSummary: kind.summary(subject),
  staticDetails: kind.details(subject, publicUrl),
})
