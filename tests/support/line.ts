import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Passes everything on until `silence`: from then on the connections that there are say nothing any more. */
export async function aLine(to: URL) {
  const passing = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(Number(to.port), to.hostname)
    passing.add(near).add(far)
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.on('data', (data) => passing.has(near) && far.write(data))
    far.on('data', (data) => passing.has(far) && near.write(data))
    onTestFinished(() => void [near.destroy(), far.destroy()])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = new URL(to)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: url.href, silence: () => passing.clear() }
}
