import { createServer } from 'node:net'

/** A browser that is told `localhost` may try both, so a port is ours only on both. */
const HOSTS = ['127.0.0.1', '::1']

/** A free port; `preferred` when it is still free. */
export async function findPort(preferred = 0): Promise<number> {
  const kept = preferred > 0 ? await tryPort(preferred) : 'taken'
  return typeof kept === 'number' ? kept : await freePort()
}

export type Trouble = 'taken' | 'forbidden' | 'refused by browsers'

/** Why nobody could reach us at this port; undefined when all is well. */
export async function troubleWith(port: number): Promise<Trouble | undefined> {
  const found = await tryPort(port)
  if (typeof found === 'string') return found
  return (await isRefusedByBrowsers(port)) ? 'refused by browsers' : undefined
}

async function freePort(): Promise<number> {
  for (let triesLeft = 20; triesLeft > 0; triesLeft -= 1) {
    const port = await tryPort(0)
    if (typeof port === 'number') return port
  }
  throw new Error('No free port on the loopback interface')
}

/** `fetch` keeps the browsers' list of ports that belong to other protocols. Nobody listens at the port that is asked. */
async function isRefusedByBrowsers(port: number): Promise<boolean> {
  const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((reason: unknown) => reason)
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
}

/** The port that was got by listening on it for a moment, or why that was not possible. */
async function tryPort(port: number): Promise<number | Trouble> {
  let got = port
  for (const host of HOSTS) {
    const found = await listenAt(host, got)
    if (typeof found === 'string') return found
    got = found ?? got
  }
  return got
}

/** Undefined when this machine has no such address. */
function listenAt(host: string, port: number): Promise<number | Trouble | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken')
      else if (error.code === 'EACCES') resolve('forbidden')
      else if (host !== HOSTS[0]) resolve(undefined)
      else reject(error)
    })
    server.listen({ port, host }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
