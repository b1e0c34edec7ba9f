import { z } from 'zod'
import { roles } from '../../domain/accounts.ts'
import type { Contract } from './contract.ts'
import { Id, json, Time } from './contract.ts'

export const Session = z
  .object({
    account: z.object({
      id: Id,
      name: z.string(),
      email: z.string(),
      role: z.enum(roles),
      unit: z.object({ id: Id, name: z.string() }).nullable(),
      unitAuthorised: z.boolean(),
    }),
    /** When the session ends if nothing happens, and in any case. */
    idleEndsAt: Time,
    endsAt: Time,
    serverNow: Time,
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const getSession = {
  method: 'get',
  path: '/session',
  summary: 'Who is signed in',
  access: 'any',
  responses: { 200: json(Session, 'The present session') },
} as const satisfies Contract
