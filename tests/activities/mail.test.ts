/** The port to the mail server, over a real socket. The server here counts what reaches it, and breaks where it is told. */
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mailer } from '../../activities/ports/mail.ts'
import { until } from '../support/stage.ts'

type Break = 'nowhere' | 'after-data' | 'drips-after-data' | 'drips-at-the-greeting'

async function aServer() {
  const seen = { connections: 0, data: 0 }
  const words: string[] = []
  const sockets = new Set<Socket>()
  let breaks: Break = 'nowhere'
  const server = createServer((socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    if (breaks === 'drips-at-the-greeting') drip(socket)
    else socket.write('220 ready\r\n')
    let isText = false
    let rest = ''
    socket.on('data', (bytes) => {
      const lines = (rest + String(bytes)).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        words.push(line)
        if (isText && line === '.') {
          isText = false
          seen.data += 1
          if (breaks === 'after-data') socket.destroy()
          else if (breaks === 'drips-after-data') drip(socket)
          else socket.write('250 taken\r\n')
        } else if (!isText && line === 'DATA') {
          isText = true
          socket.write('354 go on\r\n')
        } else if (line === 'STARTTLS') socket.write('502 what is that\r\n')
        else if (!isText) socket.write(line.startsWith('EHLO') ? '250 here\r\n' : '250 ok\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    seen,
    words,
    url: `smtp://127.0.0.1:${address.port}`,
    /** The same server under a name that is not the loopback's. */
    farUrl: `smtp://user:secret@0.0.0.0:${address.port}`,
    open: () => sockets.size,
    hangUp: () => sockets.forEach((socket) => socket.destroy()),
    breakAt: (where: Break) => (breaks = where),
  }
}

/** A byte each 50 ms: silent at no time, and never at an end. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('250-still\r\n'), 50)
  socket.on('close', () => clearInterval(timer))
}

function aMailer(url: string, timeoutMs?: number) {
  const mail = mailer(url, 'from@example.cn', timeoutMs)
  onTestFinished(() => mail.close())
  const letter = { to: 'a@example.cn', subject: 's', text: 't', html: '<p>h</p>' }
  let number = 0
  return () => mail.send({ ...letter, messageId: `<${++number}@example.cn>` })
}

describe('connections to the mail server are kept', () => {
  it('the second mail opens none', async () => {
    const server = await aServer()
    const send = aMailer(server.url)
    for (const _ of [1, 2, 3]) expect(await send()).toEqual({ accepted: true })
    expect(server.seen).toEqual({ connections: 1, data: 3 })
  })

  it('one that hangs takes no place from the others', async () => {
    const server = await aServer()
    const send = aMailer(server.url, 2_000)
    server.breakAt('drips-after-data')
    const hanging = Array.from({ length: 20 }, () => send().catch(() => 'given up'))
    await until('all hang', () => Promise.resolve(server.seen.data === 20))
    server.breakAt('nowhere')
    expect(await send()).toEqual({ accepted: true })
    expect(await Promise.all(hanging)).toEqual(Array(20).fill('given up'))
  })
})

describe('R27 one attempt hands over the text at most once', () => {
  it('when the connection breaks after the text, the attempt fails and is not repeated by itself', async () => {
    const server = await aServer()
    const send = aMailer(server.url)
    await send()
    server.breakAt('after-data')
    await expect(send()).rejects.toMatchObject({ outsideCause: 'refused' })
    expect(server.seen.data).toBe(2)
    server.breakAt('nowhere')
    expect(await send()).toEqual({ accepted: true })
    expect(server.seen.data).toBe(3)
  })

  it('when a kept connection was closed while it was idle, the next mail goes over another one', async () => {
    const server = await aServer()
    const send = aMailer(server.url)
    await send()
    server.hangUp()
    await until('the end is seen', () => Promise.resolve(server.open() === 0))
    // At most one attempt meets the dead connection, and has handed over nothing.
    const answer = await send().catch((error: unknown) => error)
    if (answer instanceof Error) {
      expect(answer).toMatchObject({ outsideCause: 'refused' })
      expect(server.seen.data).toBe(1)
      expect(await send()).toEqual({ accepted: true })
    }
    expect(server.seen.data).toBe(2)
  })

  it.each(['drips-after-data', 'drips-at-the-greeting'] as const)(
    'ends within its time: %s',
    async (where) => {
      const server = await aServer()
      server.breakAt(where)
      const since = performance.now()
      await expect(aMailer(server.url, 300)()).rejects.toMatchObject({ outsideCause: 'timeout' })
      expect(performance.now() - since).toBeLessThan(2_000)
      expect(server.seen.data).toBe(where === 'drips-after-data' ? 1 : 0)
      await until('the connection is given up', () => Promise.resolve(server.open() === 0))
    },
  )
})

describe('R31 a code goes over no line that others can read', () => {
  it('a server elsewhere that offers no TLS gets neither password nor mail', async () => {
    const server = await aServer()
    await expect(aMailer(server.farUrl)()).rejects.toMatchObject({ outsideCause: 'no-encryption' })
    expect(server.words.filter((line) => !/^(EHLO|STARTTLS|QUIT)/.test(line))).toEqual([])
  })

  it('unless its address says so, or it is on this machine', async () => {
    const server = await aServer()
    const url = server.farUrl.replace('user:secret@', '')
    expect(await aMailer(`${url}?requireTLS=false`)()).toEqual({ accepted: true })
    expect(await aMailer(server.url)()).toEqual({ accepted: true })
  })
})
