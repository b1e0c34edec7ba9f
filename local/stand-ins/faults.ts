/** The switches that make a stand-in fail. They outlive its restart. */
import { z } from 'zod'
import { repositories } from '../../domain/catalogue.ts'
import { readJson, writeJson } from '../state-files.ts'

export const modes = ['ok', 'down', 'slow', 'error', 'flapping', 'wrong'] as const
export const targets = [...repositories, 'mail', 'sms', 'report'] as const
export type Target = (typeof targets)[number]

/** Of a mail: before the first word, at the log-in, the sender, the recipient, before and after the text is taken. */
const stages = ['greeting', 'auth', 'sender', 'rcpt', 'data', 'after-data'] as const
export type MailStage = (typeof stages)[number]

const SLOW_MS = 20_000

export const faultSchema = z.strictObject({
  mode: z.enum(modes),
  /** Fails only for this accession, recipient or number. */
  only: z.string().min(1).optional(),
  /** `slow`: how long an answer takes. */
  ms: z.number().int().nonnegative().optional(),
  /** `error`: the HTTP or SMTP status. A 3xx leads to a server that answers “mismatch” to everything. */
  status: z.number().int().min(300).max(599).optional(),
  /** `error`: seconds, sent as Retry-After. */
  retryAfter: z.number().int().nonnegative().optional(),
  /** Mail: where it hangs up (`down`), hangs (`slow`) or refuses (`error`). */
  stage: z.enum(stages).optional(),
  /** Mail, `error`: what the refusal says after its status. */
  words: z.string().min(1).optional(),
  /** Mail: STARTTLS is offered, with a certificate that no authority signed. */
  tls: z.boolean().optional(),
  /** HTTP, `wrong` and `error`: this is the whole answer. */
  body: z.string().optional(),
  /** HTTP, `wrong`: after that body, which is never ended, the connection is cut. */
  cut: z.boolean().optional(),
  /** Repositories, `wrong`: a proper answer, but it says that it is about this. */
  about: z.strictObject({ repository: z.string().optional(), accession: z.string().optional() }).optional(),
})
export type Fault = z.infer<typeof faultSchema>
/** What one request meets: a flapping one meets either nothing or `down`. */
export type Trouble = Exclude<Fault['mode'], 'flapping'>
export type Meeting = Omit<Fault, 'mode'> & { mode: Trouble; ms: number }

export interface Faults {
  all(): Record<Target, Fault>
  set(targets: readonly Target[], fault: Fault): void
  /** Is told of every switch that is set. */
  onSet(listener: (target: Target, fault: Fault) => void): void
  /** `subject` is what `only` is compared with, without regard to case. */
  meet(target: Target, subject?: string): Meeting
}

export function openFaults(file: string): Faults {
  const faults = readJson<Partial<Record<Target, Fault>>>(file) ?? {}
  const turns = new Map<Target, number>()
  const listeners: ((target: Target, fault: Fault) => void)[] = []

  function isUp(target: Target): boolean {
    const turn = (turns.get(target) ?? 0) + 1
    turns.set(target, turn)
    return turn % 2 === 0
  }

  return {
    all: () =>
      Object.fromEntries(targets.map((target) => [target, faults[target] ?? { mode: 'ok' }])) as Record<
        Target,
        Fault
      >,
    set: (chosen, fault) => {
      for (const target of chosen) {
        faults[target] = fault
        turns.delete(target)
      }
      writeJson(file, faults)
      for (const listener of listeners) for (const target of chosen) listener(target, fault)
    },
    onSet: (listener) => listeners.push(listener),
    meet: (target, subject = '') => {
      const { mode, ms = SLOW_MS, ...fault } = faults[target] ?? { mode: 'ok' }
      const applies = fault.only === undefined || fault.only.toLowerCase() === subject.toLowerCase()
      if (!applies) return { mode: 'ok', ms }
      if (mode !== 'flapping') return { ...fault, mode, ms }
      return { mode: isUp(target) ? 'ok' : 'down', ms }
    },
  }
}

/** `repository` stands for all of them; undefined for an unknown name. */
export function targetsNamed(name: string): readonly Target[] | undefined {
  if (name === 'repository') return repositories
  const target = targets.find((known) => known.toLowerCase() === name.toLowerCase())
  return target && [target]
}
