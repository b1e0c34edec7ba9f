import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serveHealth } from '../../worker/health.ts'

async function serving(host: string, state = 'RUNNING'): Promise<number> {
  const server = await serveHealth({ host, port: 0 }, { worker: () => state, audit: () => 'ok' })
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
const statusAt = async (address: string): Promise<number | undefined> =>
  (await fetch(`http://${address}/healthz`).catch(() => undefined))?.status

/** An address of this machine at which a prober of another one would ask. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

describe('the health of a worker', () => {
  it('is 200 while it runs, and 503 when it drains or failed', async () => {
    expect(await statusAt(`127.0.0.1:${await serving('127.0.0.1')}`)).toBe(200)
    for (const state of ['DRAINING', 'FAILED', 'STOPPED'])
      expect(await statusAt(`127.0.0.1:${await serving('127.0.0.1', state)}`)).toBe(503)
  })
  it.runIf(outside)('is seen from outside only where WORKER_HEALTH_HOST says so', async () => {
    expect(await statusAt(`${outside}:${await serving('0.0.0.0')}`)).toBe(200)
    expect(await statusAt(`${outside}:${await serving('127.0.0.1')}`)).toBeUndefined()
  })
})
