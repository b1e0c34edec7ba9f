/** One Postgres, one Temporal server and one workflow bundle for a whole run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { TestProject } from 'vitest/node'
import { startPostgres, type Role } from '../../local/postgres.ts'
import { findTemporalServer, NAMESPACE, TIME_SKIPPING_ARGS } from '../../local/temporal.ts'
import { migrate } from '../../migrations/migrate.ts'
import { searchAttributes } from '../../workflows/kit/attributes.ts'
import { bundle } from '../../workflows/bundle.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Addresses by role; the database `hgrip` is the migrated, empty template. */
    postgres: Record<Role, string>
    temporal: { address: string; namespace: string }
    bundle: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-test-'))
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const server = await findTemporalServer()
  if ('address' in server)
    throw new Error('Tests start a Temporal server of their own: unset TEMPORAL_ADDRESS')
  const [postgres, temporal, code] = await Promise.all([
    startPostgres({ dataDir: folder, durable: false }),
    startTemporal(server.path),
    bundle(),
  ])
  await migrate(postgres.url('hgrip_migrate'))
  const bundleFile = join(folder, 'workflows.js')
  writeFileSync(bundleFile, code)
  project.provide('postgres', {
    postgres: postgres.url('postgres'),
    hgrip_migrate: postgres.url('hgrip_migrate'),
    hgrip_api: postgres.url('hgrip_api'),
    hgrip_worker: postgres.url('hgrip_worker'),
  })
  project.provide('temporal', { address: temporal.address, namespace: NAMESPACE })
  project.provide('bundle', bundleFile)
  return async () => {
    await temporal.teardown()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The SDK gives the server 5 s; a loaded machine may need another try. */
async function startTemporal(path: string, triesLeft = 3): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        namespace: NAMESPACE,
        searchAttributes,
        extraArgs: TIME_SKIPPING_ARGS,
      },
    })
  } catch (error) {
    if (triesLeft === 0) throw error
    return await startTemporal(path, triesLeft - 1)
  }
}
