/**
 * The life as one writes it first in Temporal: a signal for each click, a regular activity for each call, state in the
 * workflow, a query that clients poll. Frozen: it is changed only together with what the manual's life is.
 */
import { condition, proxyActivities, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import type { DataSet } from '../../world.ts'
import type { Activities } from './worker.ts'
import * as m from './messages.ts'

const { lookUp, mailCode, issueNumber, report } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
})
const Stage = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD)
const codeLivesFor = '48 hours'

export async function naiveLife({ name }: { name: string }): Promise<string> {
  const state: m.State = { stage: 'draft', files: [], number: null }
  const links: { set: DataSet; isOwn: boolean }[] = []
  const sends: { file: number }[] = []
  const typed: { file: number; code: string }[] = []
  let isSubmitted = false
  setHandler(m.link, (message) => void links.push(message))
  setHandler(m.sendCode, (message) => void sends.push(message))
  setHandler(m.enterCode, (message) => void typed.push(message))
  setHandler(m.submit, () => void (isSubmitted = true))
  setHandler(m.state, () => state)
  upsertSearchAttributes([{ key: Stage, value: 'draft' }])

  const isReady = () =>
    isSubmitted && state.files.length > 0 && state.files.every(({ status }) => status === 'done')
  for (;;) {
    await condition(() => links.length > 0 || sends.length > 0 || isReady())
    const linked = links.shift()
    if (linked) {
      await lookUp(linked.set)
      const { accession, account } = linked.set
      state.files.push({
        accession,
        depositor: account,
        status: linked.isOwn ? 'done' : 'pending',
        codeSent: false,
      })
      continue
    }
    const sent = sends.shift()
    const file = sent && state.files[sent.file]
    if (file) {
      const code = await mailCode(file.depositor, file.accession)
      file.codeSent = true
      await condition(() => typed.some((each) => each.code === code), codeLivesFor)
      if (typed.some((each) => each.code === code)) file.status = 'done'
      continue
    }
    if (isReady()) break
  }
  state.stage = 'submitted'
  state.number = await issueNumber(name)
  state.stage = 'numbered'
  await report(state.number, { name, files: state.files.length, sizeMb: '691.2' })
  state.stage = 'acknowledged'
  upsertSearchAttributes([{ key: Stage, value: 'completed' }])
  return state.number
}
