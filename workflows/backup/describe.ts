/** What an admin reads in Temporal Web without looking at code (R52): Chinese and English, Beijing time. */
import type { Job } from '../../domain/backup/owed.ts'
import { nearestDeadline, type Mirror } from '../../domain/backup/mirror.ts'
import { needsStaff, type Trouble } from '../../domain/backup/outside.ts'
import { assertNever } from '../../domain/result.ts'
import { beijingTime } from '../../domain/times.ts'
import { causeWords } from '../../domain/words/causes.ts'
import { codeWords, statusWords, troubleWords } from '../../domain/words/statuses.ts'
import { waitedForWords } from '../../domain/words/waits.ts'
import { inBoth } from '../../domain/words/words.ts'
import { waitsOf, type Overdue } from './attributes.ts'

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

/** The page “User metadata”: what it waits for, since when, until when, what is wrong and who can act, and the files. */
export function detailsOf(mirror: Mirror, since: number, overdue: readonly Overdue[]): string {
  const until = nearestDeadline(mirror)
  const waits = waitsOf(mirror, overdue)
    .map((wait) => inBoth(waitedForWords[wait]))
    .join('；')
  return [
    `**正在等待 Waiting for**: ${waits || '无 nothing'}`,
    `自 Since ${beijingTime(since)}${until === null ? '' : `，至 until ${beijingTime(until)}`} (北京时间 Beijing time)`,
    ...overdue.map(({ job, trouble }) => `⚠ ${summaryOf(job, mirror)}：${wrongOf(trouble)}`),
    mirror.number === null ? '备份号 Number: 未签发 not issued' : `备份号 Number: ${mirror.number}`,
    '',
    '| 序号 No. | 数据集 Accession | 数据库 Repository | 进度 Progress | 验证码 Code | 有效期至 Valid until | 错误次数 Wrong tries |',
    '|---|---|---|---|---|---|---|',
    ...mirror.files.map(rowOf),
  ].join('\n')
}

/** Why, how often and when again; who has to act. */
function wrongOf(trouble: Trouble | undefined): string {
  if (!trouble) return '尚无应答 no answer yet'
  const { cause, reason, tries, at, nextAt } = trouble
  return [
    `**${inBoth(causeWords[cause])}**${reason === null ? '' : ` \`${reason.replaceAll('`', '’')}\``}`,
    `截至 as of ${beijingTime(at)} 已尝试 ${tries} 次 tries`,
    `下次不晚于 next by ${beijingTime(nextAt)}`,
    needsStaff(cause) ? '需平台工作人员处理 platform staff must act' : '恢复后自动继续 goes on by itself',
  ].join('；')
}

function rowOf(file: Mirror['files'][number], i: number): string {
  const { consent, wrongTriesForLife } = file
  return [
    '',
    i + 1,
    file.accession,
    file.repository,
    inBoth(statusWords[file.status]),
    file.status === 'pending' || file.status === 'locked' ? codeOf(consent) : '—',
    consent.expiresAt === null ? '—' : beijingTime(consent.expiresAt),
    wrongTriesForLife === undefined
      ? consent.wrongTries
      : `${consent.wrongTries} (累计 in all ${wrongTriesForLife})`,
    '',
  ]
    .join(' | ')
    .trim()
}

/** `邮件未送达 Mail not delivered: 地址不存在 no such address (550 5.1.1)` */
function codeOf({ status, trouble, smtpCode }: Mirror['files'][number]['consent']): string {
  const why = trouble ? `: ${inBoth(troubleWords[trouble])}` : ''
  return `${inBoth(codeWords[status])}${why}${smtpCode ? ` (${smtpCode})` : ''}`
}
