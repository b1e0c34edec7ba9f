/**
 * What a page in the browser has to say without a refused form: when no answer comes, so that no file can be loaded, and
 * on the error page.
 */
import { m } from '#lib/paraglide/messages.js'
import type { KnownCode, ProblemText } from './stated.ts'

/** Then nothing of ours is away. */
const isOffline = (): boolean => globalThis.navigator?.onLine === false

export const general = {
  INTERNAL: () => m.problem_internal(),
  PROCESS_UNAVAILABLE: () => (isOffline() ? m.problem_offline() : m.problem_process_unavailable()),
  RATE_LIMITED: ({ after }) => m.problem_rate_limited({ time: after() }),
} satisfies { [code in KnownCode]?: ProblemText }
