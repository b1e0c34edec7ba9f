import { createServer, type Server } from 'node:http'
import type { AuditState } from './audit-watch.ts'

/**
 * `GET /healthz`: 200 while the worker runs. `GET /readyz`: also 503 when the audit is broken, which a restart does not
 * mend and a person must look at. Both say how the two are. On another host than the loopback a prober outside reaches it.
 */
export async function serveHealth(
  { host, port }: { host: string; port: number },
  state: { worker: () => string; audit: () => AuditState },
): Promise<Server> {
  const server = createServer((request, response) => {
    const said = { status: state.worker(), audit: state.audit() }
    const isFine = { '/healthz': true, '/readyz': said.audit !== 'broken' }[request.url ?? ''] ?? false
    response.writeHead(isFine && said.status === 'RUNNING' ? 200 : 503, {
      'content-type': 'application/json',
    })
    response.end(JSON.stringify(said))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}
