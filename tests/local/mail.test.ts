import { join } from 'node:path'
import nodemailer from 'nodemailer'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Fault, openFaults } from '../../local/stand-ins/faults.ts'
import { openInbox } from '../../local/stand-ins/inbox.ts'
import { SMTP_USER, startMail } from '../../local/stand-ins/mail.ts'
import { folderForTest } from './folder.ts'

const MAIL = {
  from: '"平台" <hgrip@example.cn>',
  to: 'a@example.cn',
  subject: '【平台】验证码',
  text: '您的验证码是 123456',
  html: '<p>您的验证码是 <b>123456</b></p>',
  messageId: '<one@example.cn>',
}

async function startServer(fault?: Fault) {
  const folder = folderForTest()
  const faults = openFaults(join(folder, 'faults.json'))
  if (fault) faults.set(['mail'], fault)
  const inbox = openInbox(join(folder, 'inbox.jsonl'))
  const server = await startMail({ port: 0, password: 'secret', inbox, faults })
  onTestFinished(async () => {
    await server.close()
    inbox.close()
  })
  const send = (change: object = {}, password = 'secret', socketTimeout = 5_000, options: object = {}) =>
    nodemailer
      .createTransport({
        host: '127.0.0.1',
        port: server.port,
        auth: { user: SMTP_USER, pass: password },
        socketTimeout,
        greetingTimeout: 5_000,
        ...options,
      })
      .sendMail({ ...MAIL, ...change })
  return { faults, inbox, send, hanging: server.hanging, file: join(folder, 'inbox.jsonl') }
}

test('a mail arrives with its parts, and is in the file when it is acknowledged', async () => {
  const { inbox, send, file } = await startServer()
  await send()
  const again = openInbox(file)
  onTestFinished(() => again.close())
  expect(again.newestFirst()).toEqual(inbox.newestFirst())
  expect(again.newestFirst()).toMatchObject([
    {
      kind: 'mail',
      to: 'a@example.cn',
      from: 'hgrip@example.cn',
      subject: MAIL.subject,
      messageId: MAIL.messageId,
    },
  ])
  expect(again.newestFirst()[0]?.text).toContain(MAIL.text)
  expect(again.newestFirst()[0]?.html).toContain('<b>123456</b>')
})

test('a wrong password is refused', async () => {
  const { send } = await startServer()
  await expect(send({}, 'wrong')).rejects.toMatchObject({ responseCode: 535 })
})

test('down: every connection is refused', async () => {
  const { inbox, send } = await startServer({ mode: 'down' })
  await expect(send()).rejects.toThrow()
  expect(inbox.newestFirst()).toEqual([])
})

test('error: the recipient is refused for good, or for now', async () => {
  await expect((await startServer({ mode: 'error' })).send()).rejects.toMatchObject({ responseCode: 550 })
  const greylisted = await startServer({ mode: 'error', status: 451 })
  await expect(greylisted.send()).rejects.toMatchObject({ responseCode: 451 })
})

test('slow: the answer to the text takes the wanted time', async () => {
  const { inbox, send } = await startServer({ mode: 'slow', ms: 300 })
  const since = performance.now()
  await send()
  expect(performance.now() - since).toBeGreaterThanOrEqual(299)
  expect(inbox.newestFirst()).toHaveLength(1)
})

test('wrong: the mail is accepted and the sender does not get to know', async () => {
  const { inbox, send } = await startServer({ mode: 'wrong' })
  await expect(send()).rejects.toThrow()
  expect(inbox.newestFirst()).toHaveLength(1)
})

test('flapping: every second mail goes through', async () => {
  const { inbox, send } = await startServer({ mode: 'flapping' })
  await expect(send()).rejects.toThrow()
  await send()
  await expect(send()).rejects.toThrow()
  expect(inbox.newestFirst()).toHaveLength(1)
})

test.each(['down', 'error', 'wrong'] as const)(
  '%s for one recipient leaves the others alone',
  async (mode) => {
    const { send } = await startServer({ mode, only: 'B@example.cn' })
    await send()
    await expect(send({ to: 'b@example.cn' })).rejects.toThrow()
  },
)

describe('where a mail fails', () => {
  test.each(['greeting', 'auth', 'sender', 'rcpt', 'data'] as const)(
    'down at %s: nothing is kept',
    async (stage) => {
      const { inbox, send } = await startServer({ mode: 'down', stage })
      await expect(send()).rejects.toThrow()
      expect(inbox.newestFirst()).toEqual([])
    },
  )

  test('down after the data: it is kept, and the sender does not get to know', async () => {
    const { inbox, send } = await startServer({ mode: 'down', stage: 'after-data' })
    await expect(send()).rejects.toThrow()
    expect(inbox.newestFirst()).toHaveLength(1)
  })

  test.each([
    ['greeting', 0],
    ['auth', 0],
    ['sender', 0],
    ['rcpt', 0],
    ['data', 0],
    ['after-data', 1],
  ] as const)('error at %s: the wanted status and words; %i mails are kept', async (stage, kept) => {
    const { inbox, send } = await startServer({ mode: 'error', stage, status: 554, words: 'not today' })
    await expect(send()).rejects.toMatchObject({
      responseCode: 554,
      response: expect.stringContaining('not today') as string,
    })
    expect(inbox.newestFirst()).toHaveLength(kept)
  })

  test.each([
    ['greeting', 0],
    ['auth', 0],
    ['sender', 0],
    ['rcpt', 0],
    ['data', 0],
    ['after-data', 1],
  ] as const)('slow at %s: it hangs until the server goes down; %i mails are kept', async (stage, kept) => {
    const { faults, hanging, inbox, send } = await startServer({ mode: 'slow', stage, ms: 600_000 })
    const sent = send()
    const failed = expect(sent).rejects.toThrow()
    await vi.waitFor(() => {
      expect(hanging()).toBe(1)
    })
    faults.set(['mail'], { mode: 'down' })
    await failed
    expect(inbox.newestFirst()).toHaveLength(kept)
  })

  test('tls: STARTTLS is offered with a certificate that no authority signed', async () => {
    const { inbox, send } = await startServer({ mode: 'ok', tls: true })
    await expect(send()).rejects.toMatchObject({ code: 'ESOCKET' })
    await send({}, 'secret', 5_000, { ignoreTLS: true })
    expect(inbox.newestFirst()).toHaveLength(1)
  })
})
