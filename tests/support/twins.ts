/** A second API and a second worker beside those of `npm start`: same folder, settings, database and task queue. */
import { join } from 'node:path'
import { outputOf, PAGES, WORKFLOW_BUNDLE } from '../../local/build.ts'
import { apiEnvironment, WORKER, workerEnvironment } from '../../local/environment.ts'
import { openCluster } from '../../local/postgres.ts'
import { findPort } from '../../local/ports.ts'
import { readSettings } from '../../local/settings.ts'
import { spawnProgram, supervise, type Supervised } from '../../local/supervise.ts'

export type TwinName = 'api2' | 'worker2'

const root = join(import.meta.dirname, '../..')

/** They are started again whenever they end, like the others. */
export async function startTwins(folder: string, env: NodeJS.ProcessEnv) {
  const settings = readSettings(folder)
  const { ports } = settings
  const backends = {
    settings,
    databaseUrl: (role: 'hgrip_migrate' | 'hgrip_api' | 'hgrip_worker') =>
      openCluster(folder).url(role, ports.postgres),
    temporalAddress: `127.0.0.1:${ports.temporal}`,
    workflowBundle: outputOf(WORKFLOW_BUNDLE),
    pages: outputOf(PAGES),
  }
  const pids = new Map<TwinName, number>()
  const said: string[] = []
  const [port, healthPort] = [String(await findPort()), String(await findPort())]
  const start = (name: TwinName, program: string[], own: NodeJS.ProcessEnv): Supervised =>
    supervise({
      name,
      graceMs: 40_000,
      say: (line) => said.push(line),
      spawned: (pid) => pids.set(name, pid),
      start: (spawned) => {
        const child = spawnProgram({
          file: process.execPath,
          // The folder in its command line is how the next start ends what a killed test left behind.
          args: [...program, `--data-dir=${folder}`],
          log: join(folder, 'logs', `${name}.log`),
          cwd: root,
          env: { ...process.env, ...env, ...own },
        })
        spawned(child)
        return Promise.resolve(child)
      },
    })
  const both = [
    start('worker2', WORKER, { ...workerEnvironment(backends), WORKER_HEALTH_PORT: healthPort }),
    start('api2', ['api/main.ts'], { ...apiEnvironment(backends), PORT: port }),
  ]
  await Promise.all(both.map(({ ready }) => ready))
  return {
    url: `http://localhost:${port}`,
    said,
    pid: (name: TwinName): number => pids.get(name) ?? 0,
    stop: async () => void (await Promise.all(both.map((one) => one.stop()))),
  }
}
export type Twins = Awaited<ReturnType<typeof startTwins>>
