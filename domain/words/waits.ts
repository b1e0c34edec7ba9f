import type { Wait } from '../backup/waits.ts'
import { words, type WordsOf } from './words.ts'

/** Whom a backup waits for, as its custodian reads it. */
export const waitWords: WordsOf<Wait> = {
  staff: words('等待平台工作人员', 'Waiting for platform staff'),
  researcher: words('待我处理', 'Waiting for you'),
  depositor: words('等待数据提交者', 'Waiting for the depositor'),
  repository: words('等待数据库应答', 'Waiting for the repository'),
  mail: words('验证码邮件发送中', 'Code mail on its way'),
  'report-system': words('等待人遗系统确认', 'Waiting for the HGR System'),
  ready: words('可以提交', 'Ready to submit'),
}

/** The same as an admin reads it, for whom no wait is “mine”. */
export const waitedForWords: WordsOf<Wait> = {
  staff: words('平台工作人员', 'platform staff'),
  researcher: words('申请人', 'the researcher'),
  depositor: words('数据提交者', 'the depositor'),
  repository: words('数据库应答', 'the repository'),
  mail: words('对方邮件服务器', 'the mail server'),
  'report-system': words('人遗系统确认', 'the HGR System'),
  ready: words('申请人提交', 'the researcher, ready to submit'),
}
