/** The mail server: takes everything for everybody, unless told to fail. */
import type { Socket } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { Faults, Meeting } from './faults.ts'
import type { Listening } from './http.ts'
import type { Inbox } from './inbox.ts'

export const SMTP_USER = 'hgrip'

export interface MailOptions {
  port: number
  password: string
  inbox: Inbox
  faults: Faults
}

export async function startMail({ port, password, inbox, faults }: MailOptions): Promise<Listening> {
  const sockets = new Map<string, Socket>()
  const hangUp = (session: SMTPServerSession) => sockets.get(peer(session))?.destroy()
  /** One look per recipient and mail, so that flapping alternates by mail. */
  const meetings = new WeakMap<SMTPServerSession, Meeting>()

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 500,
    logger: false,
    onAuth: (auth, _session, callback) => {
      if (auth.username === SMTP_USER && auth.password === password) callback(null, { user: SMTP_USER })
      else callback(refusal(535, 'Wrong user or password'))
    },
    onRcptTo: (address, session, callback) => {
      const trouble = faults.meet('mail', address.address)
      if (trouble.mode === 'down') hangUp(session)
      else if (trouble.mode === 'error') callback(refusal(trouble.status ?? 550, 'Refused by the stand-in'))
      else {
        if (trouble.mode !== 'ok') meetings.set(session, trouble)
        callback()
      }
    },
    onData: (stream, session, callback) => {
      receive(stream, session).then(() => callback(), callback)
    },
  })

  async function receive(stream: NodeJS.ReadableStream, session: SMTPServerSession): Promise<void> {
    const raw = await readAll(stream)
    const trouble = meetings.get(session)
    meetings.delete(session)
    if (trouble?.mode === 'slow') await pause(trouble.ms)
    await deliver(raw, session, inbox)
    // Accepted, and the sender does not get to know: the next try is a second copy.
    if (trouble?.mode === 'wrong') hangUp(session)
  }

  server.server.on('connection', (socket: Socket) => {
    const { mode, only } = faults.all().mail
    // With `only` the recipient must be known first.
    if (mode === 'down' && only === undefined) return socket.destroy()
    const key = `${socket.remoteAddress}:${socket.remotePort}`
    sockets.set(key, socket)
    return socket.once('close', () => sockets.delete(key))
  })
  server.on('error', () => {
    // A client that went away; smtp-server would end the process.
  })
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('The mail server has no port')
  return {
    port: address.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve))
      for (const socket of sockets.values()) socket.destroy()
      await closed
    },
  }
}

async function deliver(raw: string, session: SMTPServerSession, inbox: Inbox): Promise<void> {
  const mail = await PostalMime.parse(raw)
  for (const { address } of session.envelope.rcptTo) {
    inbox.add({
      kind: 'mail',
      to: address,
      from: mail.from?.address ?? '',
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      ...(mail.html && { html: mail.html }),
      ...(mail.messageId && { messageId: mail.messageId }),
    })
  }
}

const peer = (session: SMTPServerSession): string => `${session.remoteAddress}:${session.remotePort}`

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })
