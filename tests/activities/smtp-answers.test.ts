/** What a mail server's words mean, and whom they blame (R25). Answers as real servers give them. */
import { describe, expect, it } from 'vitest'
import { meaningOf, smtpCodeOf } from '../../activities/ports/smtp-answers.ts'

const said = (response: string, command = 'RCPT TO') =>
  Object.assign(new Error(response), { response, command, responseCode: Number(response.slice(0, 3)) })

const address = { trouble: 'no-such-address' }
const full = { trouble: 'mailbox-full' }
const rejected = { trouble: 'rejected' }
const policy = { cause: 'policy' }
const unauthorised = { cause: 'unauthorised' }

describe('R25 what a refusal of the recipient says', () => {
  it.each<[string, object]>([
    ['550 5.1.1 <a@example.cn>: Recipient address rejected: User unknown in virtual mailbox table', address],
    ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup', address],
    [
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 again',
      address,
    ],
    ['501 5.1.3 Bad recipient address syntax', address],
    ['550 User not found', address],
    ['550 User not found: a@relay.example.cn', address],
    ['550 No such user here', address],
    ['550 Mailbox does not exist', address],
    ["550 Requested mail action not taken: address doesn't exist", address],
    ['550 Invalid recipient', address],
    ['550 no mailbox here by that name', address],
    ['551 User not local', address],
    ['553 sorry, that domain is not in my list', address],
    ['552 5.2.2 Over quota', full],
    ['550 5.2.2 User unknown? No: full', full],
    ['552 Requested mail action aborted: exceeded storage allocation', full],
    ['550 Mailbox is full', full],
    ['550 5.2.1 The account is disabled', rejected],
    ['550 Requested action not taken', rejected],
    ['554 Transaction failed', rejected],
    ['550 5.7.1 Client host rejected: cannot find your reverse hostname, unknown', policy],
    ['550 5.7.1 Recipient address rejected: user not found; message refused by policy', policy],
    ['554 5.7.1 Service unavailable; Client host blocked using a list', policy],
    ['550 5.7.26 This mail is unauthenticated', policy],
    ['550 5.1.8 Sender domain does not exist', policy],
    ['553 Sender address rejected: not owned by user', policy],
    ['550 Your host has no reverse hostname, unknown', policy],
    ['550 relay not permitted', policy],
    ['554 Message rejected as spam by policy', policy],
    ['503 Bad sequence of commands', policy],
    ['503 5.5.1 Error: need MAIL command', policy],
    ['555 syntax error', policy],
    ['530 5.7.0 Authentication required', unauthorised],
    ['535 5.7.8 Error: authentication failed', unauthorised],
    ['450 4.2.1 Mailbox busy', { cause: 'rejected-for-now' }],
    ['451 4.7.1 Greylisted', { cause: 'rejected-for-now' }],
    ['452 4.2.2 Mailbox full', { cause: 'rejected-for-now' }],
  ])('%s', (response, meaning) => {
    expect(meaningOf(said(response))).toEqual(meaning)
    expect(meaningOf(said(response, 'DATA'))).toEqual(meaning)
  })

  it.each<[string, string, object]>([
    ['554 5.1.1 no service for you', 'CONN', policy],
    ['553 5.1.1 no such address', 'MAIL FROM', policy],
    ['550 No such user', 'EHLO', policy],
    ['535 5.1.1 no such user', 'AUTH PLAIN', unauthorised],
    ['454 4.7.0 later', 'AUTH PLAIN', { cause: 'rejected-for-now' }],
  ])('never of the recipient before there is one: %s at %s', (response, command, meaning) => {
    expect(meaningOf(said(response, command))).toEqual(meaning)
  })

  it('names the code, with the enhanced one of its class', () => {
    expect(smtpCodeOf(said('550 5.1.1 gone'))).toBe('550 5.1.1')
    expect(smtpCodeOf(said('550-5.1.1 gone\n550 5.1.1 away'))).toBe('550 5.1.1')
    expect(smtpCodeOf(said('550 gone'))).toBe('550')
    expect(smtpCodeOf(new Error('no answer'))).toBeUndefined()
    expect(meaningOf(new Error('no answer'))).toBeUndefined()
  })
})
