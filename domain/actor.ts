/** Who says something to a backup (R56). Which kinds may give a command is part of its rule. */
export type Actor =
  /** An account that acts on what it holds; `decide` compares it with the backup's custodian. */
  | { kind: 'custodian'; accountId: string }
  /** The owner of a data set, who answers a mail and has no account (R30). */
  | { kind: 'depositor'; requestId: string }
  /** A unit administrator or legal entity (R43, R50). */
  | { kind: 'manager'; accountId: string }
  /** The platform's own staff (R53). */
  | { kind: 'operator'; accountId: string }
  /** The workflow itself: it reports what the outside world answered, or that a time has come. */
  | { kind: 'system' }

export const custodian = (accountId: string): Actor => ({ kind: 'custodian', accountId })
export const system: Actor = { kind: 'system' }

/** The account that acts, for the audit and for counting; null for the depositor and the system. */
export const accountOf = (actor: Actor): string | null => ('accountId' in actor ? actor.accountId : null)
