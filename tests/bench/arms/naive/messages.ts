import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { DataSet } from '../../world.ts'

export const taskQueue = 'naive'

export type State = {
  stage: 'draft' | 'submitted' | 'numbered' | 'acknowledged'
  files: { accession: string; depositor: string; status: 'pending' | 'done'; codeSent: boolean }[]
  number: string | null
}
export const link = defineSignal<[{ set: DataSet; isOwn: boolean }]>('link')
export const sendCode = defineSignal<[{ file: number }]>('sendCode')
export const enterCode = defineSignal<[{ file: number; code: string }]>('enterCode')
export const submit = defineSignal('submit')
export const state = defineQuery<State>('state')
