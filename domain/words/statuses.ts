import type { Consent, MailTrouble } from '../backup/consent.ts'
import type { Backup, FileStatus } from '../backup/state.ts'
import { words, type WordsOf } from './words.ts'

/** A discarded backup is shown nowhere but in Temporal Web (R16). */
export const stageWords: WordsOf<Backup['stage']> = {
  draft: words('未完成', 'Draft'),
  completed: words('已完成', 'Completed'),
  discarded: words('已放弃', 'Discarded'),
}

export const statusWords: WordsOf<FileStatus> = {
  checking: words('数据库校验中', 'Checking'),
  mismatch: words('数据库校验未通过', 'Check failed'),
  pending: words('待验证', 'Awaiting authorisation'),
  done: words('完成', 'Done'),
  locked: words('已锁定', 'Locked'),
}

/** The code of a file (R25–R29). */
export const codeWords: WordsOf<Consent['status']> = {
  unsent: words('尚未发送验证码', 'Code not sent yet'),
  sending: words('验证码邮件发送中', 'Code mail on its way'),
  sent: words('验证码已发送', 'Code sent'),
  undelivered: words('邮件未送达', 'Mail not delivered'),
  expired: words('验证码已过期', 'Code expired'),
  voided: words('验证码已作废', 'Code cancelled after 5 wrong tries'),
}

/** Why a mail did not arrive. */
export const troubleWords: WordsOf<MailTrouble> = {
  'no-such-address': words('地址不存在', 'no such address'),
  'mailbox-full': words('对方邮箱已满', 'the mailbox is full'),
  rejected: words('对方拒收', 'rejected by the server'),
  'not-accepted': words('超过 24 小时未接收', 'not accepted within 24 hours'),
}
