import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { type Arm, readCode } from '../../life.ts'
import { dataSetsOf } from '../../world.ts'
import * as m from './messages.ts'

const pollMs = 200

/** The client signals, then asks the query at once and every 200 ms until it shows what was wanted. */
export function naiveArm(client: Client, control: string): Arm {
  const ids: string[] = []
  async function see(handle: WorkflowHandle, isDone: (state: m.State) => boolean): Promise<void> {
    for (const end = performance.now() + 60_000; !isDone(await handle.query(m.state)); await pause(pollMs))
      if (performance.now() > end) throw new Error('The naive arm does not get on')
  }
  return {
    name: 'naive Temporal',
    async live(n, recorder) {
      const { own, other } = dataSetsOf(n)
      const workflowId = `naive-${randomUUID()}`
      const args = [{ name: `测量备份 ${n}` }]
      const handle = await recorder.time('create', async () => {
        const started = await client.workflow.start('naiveLife', { workflowId, taskQueue: m.taskQueue, args })
        await see(started, ({ stage }) => stage === 'draft')
        return started
      })
      await recorder.time('link own file', async () => {
        await handle.signal(m.link, { set: own, isOwn: true })
        await see(handle, ({ files }) => files.length === 1)
      })
      await recorder.time("link other's file", async () => {
        await handle.signal(m.link, { set: other, isOwn: false })
        await see(handle, ({ files }) => files.length === 2)
      })
      await recorder.time('send code', async () => {
        await handle.signal(m.sendCode, { file: 1 })
        await see(handle, ({ files }) => files[1]?.codeSent === true)
      })
      const code = await readCode(control, other.account)
      await recorder.time('enter code', async () => {
        await handle.signal(m.enterCode, { file: 1, code })
        await see(handle, ({ files }) => files[1]?.status === 'done')
      })
      await recorder.time('submit', async () => {
        await handle.signal(m.submit)
        await see(handle, ({ number }) => number !== null)
      })
      ids.push(workflowId)
    },
    async acknowledged() {
      for (const id of ids.slice(-40)) await client.workflow.getHandle(id).result()
    },
    workflows: () => ({ namespace: client.options.namespace, ids: ids.slice(-20) }),
  }
}
