import { getBackup } from '$contracts/backups.ts'
import { enterCode, sendCode } from '$contracts/consents.ts'
import { getFile, listFiles } from '$contracts/files.ts'
import { newCommand } from '#lib/server/command.ts'
import { one } from '#lib/forms/refused.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { params } = event
  event.depends('app:backup')
  const [backup, file, { serverNow }] = await Promise.all([
    read(event, getBackup, { params }),
    read(event, getFile, { params }),
    read(event, listFiles, { params }),
  ])
  return { backup, file, serverNow, cmd: newCommand() }
}

const sentAs = { 200: 'undelivered', 201: 'sent', 202: 'sending' } as const

export const actions = {
  send: async (event) => {
    const values = await typed(event)
    const answer = await submit(event, sendCode, { params: event.params }, values)
    if (!answer.ok) return answer.failure
    return { done: sentAs[answer.status], cmd: newCommand() }
  },
  verify: async (event) => {
    const values = await typed(event)
    const body = { code: one(values, 'code') }
    const answer = await submit(event, enterCode, { params: event.params, body }, values)
    if (!answer.ok) return answer.failure
    return { done: 'verified' as const, cmd: newCommand() }
  },
} satisfies Actions
