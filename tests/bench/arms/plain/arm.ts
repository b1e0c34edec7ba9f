import { Visitor } from '../../client.ts'
import { type Arm, readCode } from '../../life.ts'
import { dataSetsOf } from '../../world.ts'

/** Asks the process of `server.ts` over HTTP. */
export function plainArm(port: number, control: string): Arm {
  const visitor = new Visitor(`http://127.0.0.1:${port}`, '')
  const act = async (action: string, body: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const reply = await visitor.request('POST', `/${action}`, { body })
    if (reply.status !== 200) throw new Error(`plain ${action}: ${reply.text}`)
    return JSON.parse(reply.text) as Record<string, unknown>
  }
  return {
    name: 'plain SQL',
    async live(n, recorder) {
      const { own, other } = dataSetsOf(n)
      const { id: backupId } = await recorder.time('create', () => act('create', { name: `测量备份 ${n}` }))
      await recorder.time('link own file', () => act('link', { backupId, set: own, isOwn: true }))
      const file = await recorder.time("link other's file", () => act('link', { backupId, set: other }))
      const fileId = file['id']
      await recorder.time('send code', () => act('send', { fileId, set: other }))
      const code = await readCode(control, other.account)
      await recorder.time('enter code', () => act('enter', { fileId, code }))
      await recorder.time('submit', () => act('submit', { backupId })) // answered after the acknowledgement
    },
    acknowledged: () => Promise.resolve(),
    workflows: () => ({ namespace: '', ids: [] }),
  }
}
