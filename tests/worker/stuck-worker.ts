/** `node stuck-worker.ts <address> <namespace> <task queue>`: a worker for `endless`, whose thread never comes back. */
import { NativeConnection } from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import { unwatchedWorker } from '../../worker/unwatched.ts'

const [, , address = '', namespace = '', taskQueue = ''] = process.argv
const worker = await unwatchedWorker((runId) => {
  console.log(`stuck ${runId}`)
  process.exit(1)
}, 500).create({
  connection: await NativeConnection.connect({ address }),
  ...{ namespace, taskQueue, workflowsPath: fileURLToPath(new URL('endless.ts', import.meta.url)) },
})
await worker.run()
