import { error } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { enterCode, sendCode } from '$contracts/consents.ts'
import { newCommand } from '#lib/server/command.ts'
import { one } from '#lib/forms/refused.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import { requestTexts } from '#lib/server/texts.ts'
import { withReasons } from '#lib/words/reasons.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { params } = event
  event.depends('app:backup')
  const { files, ...backup } = await read(event, getBackup, { params })
  const file = withReasons(files, backup.serverNow).find((each) => each.id === params.fileId)
  if (!file) error(404, { message: 'NOT_FOUND' })
  const request = requestTexts(backup, [file])[file.id]
  return { backup, file, request, serverNow: backup.serverNow, cmd: newCommand() }
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
