/** What an admin reads in Temporal Web without looking at code (R52): Chinese and English, Beijing time. */
import type { Job } from '../../domain/backup/owed.ts'
import { nearestDeadline, type Mirror, type MirrorFile } from '../../domain/backup/mirror.ts'
import type { Wait } from '../../domain/backup/waits.ts'
import { assertNever } from '../../domain/result.ts'
import { beijingTime } from '../../domain/times.ts'

const waitWords: Record<Wait, string> = {
  staff: '平台工作人员 platform staff',
  researcher: '申请人 the researcher',
  depositor: '数据提交者 the depositor',
  repository: '数据库应答 the repository',
  mail: '邮件送达 the mail server',
  'report-system': '人遗系统确认 the report system',
  ready: '申请人提交 the researcher, ready to submit',
}

const statusWords: Record<MirrorFile['status'], string> = {
  checking: '校验中 checking',
  mismatch: '校验失败 check failed',
  pending: '待验证 awaiting authorisation',
  done: '完成 done',
  locked: '已锁定 locked',
}
const consentWords: Record<MirrorFile['consent']['status'], string> = {
  unsent: '未发送 code not sent',
  sending: '邮件发送中 mail on its way',
  sent: '已发送 code sent',
  undelivered: '未送达 not delivered',
  expired: '已过期 expired',
  voided: '已作废 void',
}

/** The summary of an activity that settles owed work. */
export function summaryOf(job: Job, mirror: Mirror): string {
  switch (job.kind) {
    case 'check': {
      const file = mirror.files.find((one) => one.id === job.fileId)
      return `等待数据库应答 · waiting for ${file?.repository ?? 'the repository'}: ${file?.accession ?? ''}`
    }
    case 'mail': {
      const file = mirror.files.find((one) => one.id === job.fileId)
      return `发送验证码邮件 · mailing the code for ${file?.accession ?? ''}`
    }
    case 'sync':
      return `同步到人遗系统 · telling the report system ${mirror.number ?? ''} v${job.version}`
    default:
      return assertNever(job)
  }
}

/** The page “User metadata”: what it waits for, since when, until when, who can act, and the files. */
export function detailsOf(mirror: Mirror, since: number, overdue: readonly Job[]): string {
  const until = nearestDeadline(mirror)
  const waits = mirror.waitingFor.map((wait) => waitWords[wait]).join('；')
  return [
    `**正在等待 Waiting for**: ${waits || '无 nothing'}`,
    `自 Since ${beijingTime(since)}${until === null ? '' : `，至 until ${beijingTime(until)}`} (北京时间 Beijing time)`,
    ...overdue.map((job) => `⚠ 超过 1 分钟无应答 No answer for over a minute: ${summaryOf(job, mirror)}`),
    mirror.number === null ? '备份号 Number: 未签发 not issued' : `备份号 Number: ${mirror.number}`,
    '',
    '| 序号 No. | 数据集 Accession | 数据库 Repository | 进度 Progress | 验证码 Code | 有效期至 Valid until | 错误次数 Wrong tries |',
    '|---|---|---|---|---|---|---|',
    ...mirror.files.map((file, i) =>
      [
        '',
        i + 1,
        file.accession,
        file.repository,
        statusWords[file.status],
        file.status === 'pending' || file.status === 'locked' ? consentWords[file.consent.status] : '—',
        file.consent.expiresAt === null ? '—' : beijingTime(file.consent.expiresAt),
        file.consent.wrongTries,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}
