import { createServer } from 'node:net'

const HOST = '127.0.0.1'

/** A free port; `preferred` when it is still free. */
export async function findPort(preferred = 0): Promise<number> {
  return (preferred > 0 ? await tryPort(preferred) : undefined) ?? (await freePort())
}

export async function isFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined
}

async function freePort(): Promise<number> {
  const port = await tryPort(0)
  if (port === undefined) throw new Error('No free port on the loopback interface')
  return port
}

/** The port that was got by listening on it for a moment, or undefined when another process has it. */
function tryPort(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
      else reject(error)
    })
    server.listen({ port, host: HOST }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
