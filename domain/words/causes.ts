import type { Cause } from '../backup/outside.ts'
import { words, type WordsOf } from './words.ts'

/** Why the outside world gave no answer that counts; none of it is ever the user's mistake (R20). */
export const causeWords: WordsOf<Cause> = {
  refused: words('无法连接', 'no connection'),
  timeout: words('未在时限内应答', 'no answer in time'),
  'rate-limited': words('要求稍后再试', 'asked to be tried later'),
  'server-error': words('对方系统出错', 'an error of its own'),
  malformed: words('应答无法识别', 'an answer that cannot be read'),
  'other-subject': words('应答与所问不符', 'an answer to another question'),
  'rejected-for-now': words('邮件服务器暂不接收', 'not taken for now'),
  unauthorised: words('未认可本平台的凭据', 'our credentials are not accepted'),
  'no-encryption': words('无法建立加密连接', 'no encrypted connection'),
  policy: words('邮件服务器拒绝本平台发信', 'mail from this platform is refused'),
  rejected: words('拒绝受理', 'the request is refused'),
  busy: words('另一进程正在尝试', 'another process is trying'),
}
