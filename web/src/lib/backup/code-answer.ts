import type { Problem } from '$contracts/contract.ts'

/** What P10's two forms answer. */
export type CodeAnswer = {
  done?: 'sent' | 'sending' | 'undelivered' | 'verified'
  problem?: Problem
  cmd: string
}
