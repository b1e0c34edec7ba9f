/** The worker of the naive arm, a process of its own, with the SDK's defaults. */
import { join } from 'node:path'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import pg from 'pg'
import { newCode, openOutside } from '../outside.ts'
import { taskQueue } from './messages.ts'

export type Activities = ReturnType<typeof activitiesOf>

function activitiesOf(pool: pg.Pool, outside: ReturnType<typeof openOutside>) {
  return {
    lookUp: outside.lookUp,
    async mailCode(to: string, accession: string): Promise<string> {
      const code = newCode()
      await outside.mailCode(to, accession, code)
      return code
    },
    async issueNumber(name: string): Promise<string> {
      const text = `insert into numbers (name) values ($1) returning 'NV' || serial as number`
      const { rows } = await pool.query<{ number: string }>({ name: 'issue', text, values: [name] })
      return rows[0]!.number
    },
    report: outside.report,
  }
}

if (process.send) {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const { TEMPORAL_ADDRESS = '', ARM_NAMESPACE = '', ARM_DATABASE_URL } = process.env
  const pool = new pg.Pool({ connectionString: ARM_DATABASE_URL })
  pool.on('error', () => undefined) // at the end the database may go first
  await pool.query(
    'create table if not exists numbers (serial bigint generated always as identity primary key, name text)',
  )
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: TEMPORAL_ADDRESS }),
    namespace: ARM_NAMESPACE,
    taskQueue,
    workflowsPath: join(import.meta.dirname, 'workflow.ts'),
    activities: activitiesOf(pool, openOutside(process.env)),
  })
  process.once('disconnect', () => process.exit(0))
  process.send({ ready: true })
  await worker.run()
}
