/** Decision 017: without the SDK's watchdog a workflow that never returns still does not hold the others for ever. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { expect, inject, test } from 'vitest'

test(
  'a workflow that never returns ends the process, and the line names it',
  { timeout: 60_000 },
  async () => {
    const { address, namespace } = inject('temporal')
    const connection = await Connection.connect({ address })
    const client = new Client({ connection, namespace })
    const taskQueue = `stuck-${randomUUID()}`
    const handle = await client.workflow.start('endless', { taskQueue, workflowId: taskQueue })
    const script = fileURLToPath(new URL('stuck-worker.ts', import.meta.url))
    const child = spawn(process.execPath, [script, address, namespace, taskQueue], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
      expect(said).toContain(`stuck ${handle.firstExecutionRunId}`)
      expect(child.exitCode).toBe(1)
    } finally {
      child.kill('SIGKILL')
      await handle.terminate()
      await connection.close()
    }
  },
)
