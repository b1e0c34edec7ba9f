import { join } from 'node:path'
import nodemailer from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
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
  const send = (change: object = {}, password = 'secret', socketTimeout = 5_000) =>
    nodemailer
      .createTransport({
        host: '127.0.0.1',
        port: server.port,
        auth: { user: SMTP_USER, pass: password },
        socketTimeout,
        greetingTimeout: 5_000,
      })
      .sendMail({ ...MAIL, ...change })
  return { inbox, send, file: join(folder, 'inbox.jsonl') }
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

test('down: nobody gets a connection', async () => {
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
