/** Where mails and SMS arrive; one entry for each recipient. */
import { randomUUID } from 'node:crypto'
import { openJournal } from './journal.ts'

export interface Message {
  id: string
  kind: 'mail' | 'sms'
  to: string
  from: string
  subject: string
  text: string
  html?: string
  /** Mail only. */
  messageId?: string
  at: string
}

export interface Inbox {
  add(message: Omit<Message, 'id' | 'at'>): void
  newestFirst(): Message[]
  close(): void
}

export function openInbox(file: string): Inbox {
  const journal = openJournal<Message>(file)
  return {
    add: (message) => journal.add({ id: randomUUID(), at: new Date().toISOString(), ...message }),
    newestFirst: () => journal.entries.toReversed(),
    close: () => journal.close(),
  }
}
