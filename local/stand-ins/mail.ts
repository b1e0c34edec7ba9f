/** The mail server: accepts every mail for every recipient, unless a fault is set. */
import type { Socket } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { Faults, MailStage, Meeting } from './faults.ts'
import type { Listening } from './http.ts'
import type { Inbox } from './inbox.ts'

export const SMTP_USER = 'hgrip'

export interface MailOptions {
  port: number
  password: string
  inbox: Inbox
  faults: Faults
}

export interface Mail extends Listening {
  /** How many senders wait for a word. */
  hanging: () => number
}

export async function startMail({ port, password, inbox, faults }: MailOptions): Promise<Mail> {
  const sockets = new Map<string, Socket>()
  const hangUp = (session: SMTPServerSession) => sockets.get(peer(session))?.destroy()
  /** One look per recipient and mail, so that flapping alternates by mail. */
  const meetings = new WeakMap<SMTPServerSession, Meeting>()
  /** Ends the sessions that hang. */
  let ending = new AbortController()
  let hanging = 0

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true, // they are in the words
    closeTimeout: 500,
    logger: false,
    onConnect: (session, callback) => {
      const offered = session as SMTPServerSession & { disabledCommands?: string[] } // not in the published types
      if (faults.all().mail.tls) offered.disabledCommands = []
      meetEarly('greeting', session).then(() => callback(), callback)
    },
    onAuth: (auth, session, callback) => {
      if (auth.username !== SMTP_USER || auth.password !== password)
        callback(refusal(535, 'Wrong user or password'))
      else meetEarly('auth', session).then(() => callback(null, { user: SMTP_USER }), callback)
    },
    onMailFrom: (_address, session, callback) => {
      meetEarly('sender', session).then(() => callback(), callback)
    },
    onRcptTo: (address, session, callback) => {
      const trouble = faults.meet('mail', address.address)
      const stage = trouble.stage ?? usualStage(trouble)
      if (stage === 'data' || stage === 'after-data') meetings.set(session, { ...trouble, stage })
      const here = stage === 'rcpt' ? strike(trouble, session) : Promise.resolve()
      here.then(() => callback(), callback)
    },
    onData: (stream, session, callback) => {
      receive(stream, session).then(() => callback(), callback)
    },
  })

  async function receive(stream: NodeJS.ReadableStream, session: SMTPServerSession): Promise<void> {
    const trouble = meetings.get(session)
    meetings.delete(session)
    const at = (stage: MailStage) => (trouble?.stage === stage ? strike(trouble, session) : undefined)
    if (trouble?.mode === 'down') await at('data')
    const raw = await readAll(stream)
    await at('data')
    await deliver(raw, session, inbox)
    // Accepted, and the sender does not get to know: the next try is a second copy.
    await at('after-data')
  }

  /** Before a recipient is known; so not with `only`. */
  async function meetEarly(stage: MailStage, session: SMTPServerSession): Promise<void> {
    if (faults.all().mail.stage === stage) await strike(faults.meet('mail'), session)
  }

  /** Throws what the sender is answered; after it hung up the sender hears nothing. */
  async function strike({ mode, ms, status, words }: Meeting, session: SMTPServerSession): Promise<void> {
    if (mode === 'error') throw refusal(status ?? 550, words ?? usualWords(status))
    if (mode === 'slow') {
      hanging += 1
      await pause(ms, undefined, { signal: ending.signal }).finally(() => (hanging -= 1))
    }
    if (mode === 'down' || mode === 'wrong') {
      hangUp(session)
      throw refusal(421, 'Gone')
    }
  }

  function endAll(): void {
    ending.abort()
    ending = new AbortController()
    for (const socket of sockets.values()) socket.destroy()
  }
  faults.onSet((target, { mode, only, stage }) => {
    if (target === 'mail' && mode === 'down' && only === undefined && stage === undefined) endAll()
  })

  server.server.on('connection', (socket: Socket) => {
    const { mode, only, stage } = faults.all().mail
    // With `only` the recipient must be known first.
    if (mode === 'down' && only === undefined && stage === undefined) return socket.destroy()
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
    hanging: () => hanging,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve))
      endAll()
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

const usualStage = ({ mode }: Meeting): MailStage | undefined => {
  switch (mode) {
    case 'down':
    case 'error':
      return 'rcpt'
    case 'slow':
      return 'data'
    case 'wrong':
      return 'after-data'
    case 'ok':
      return undefined
  }
}

const usualWords = (status = 550): string =>
  status === 550 ? '5.1.1 There is no such mailbox' : 'Refused by the stand-in'

const peer = (session: SMTPServerSession): string => `${session.remoteAddress}:${session.remotePort}`

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })
