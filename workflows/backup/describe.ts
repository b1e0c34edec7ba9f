/** What an admin reads in Temporal Web without looking at code (R52): Chinese and English, Beijing time. */
import type { Job } from '../../domain/backup/owed.ts'
import { nearestDeadline, type Mirror } from '../../domain/backup/mirror.ts'
import { assertNever } from '../../domain/result.ts'
import { beijingTime } from '../../domain/times.ts'
import { codeWords, statusWords } from '../../domain/words/statuses.ts'
import { waitedForWords } from '../../domain/words/waits.ts'
import { inBoth } from '../../domain/words/words.ts'

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
  const waits = mirror.waitingFor.map((wait) => inBoth(waitedForWords[wait])).join('；')
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
        inBoth(statusWords[file.status]),
        file.status === 'pending' || file.status === 'locked' ? inBoth(codeWords[file.consent.status]) : '—',
        file.consent.expiresAt === null ? '—' : beijingTime(file.consent.expiresAt),
        file.consent.wrongTries,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}
