import { createServer, type Server } from 'node:http'

/** `GET /healthz`: 200 while the worker runs, else 503. On another host than the loopback a prober outside reaches it. */
export async function serveHealth(
  { host, port }: { host: string; port: number },
  state: () => string,
): Promise<Server> {
  const server = createServer((request, response) => {
    const isHealthy = request.url === '/healthz' && state() === 'RUNNING'
    response.writeHead(isHealthy ? 200 : 503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: state() }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}
