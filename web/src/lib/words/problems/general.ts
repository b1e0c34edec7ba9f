/** Texts that every form and page may need, also the one for “no answer”. */
import { m } from '#lib/paraglide/messages.js'
import type { KnownCode, ProblemText } from './stated.ts'

export const general = {
  AUTH_REQUIRED: () => m.problem_auth_required(),
  CROSS_SITE: () => m.problem_cross_site(),
  INTERNAL: () => m.problem_internal(),
  MALFORMED: () => m.problem_malformed(),
  METHOD_NOT_ALLOWED: () => m.problem_malformed(),
  PROCESS_UNAVAILABLE: () => m.problem_process_unavailable(),
  TOO_LARGE: () => m.problem_too_large(),
  VALIDATION: () => m.problem_validation(),
  NOT_FOUND: () => m.problem_not_found(),
  RATE_LIMITED: ({ after }) => m.problem_rate_limited({ time: after() }),
  UNIT_NOT_AUTHORISED: () => m.banner_unit(),
} satisfies { [code in KnownCode]?: ProblemText }
