/** What the gallery shows: made up, at one moment. */
import { consentStatuses } from '$domain/backup/consent.ts'
import { fileStatuses } from '$domain/backup/state.ts'
import type { Backup } from '$contracts/backups.ts'
import type { Problem } from '$contracts/contract.ts'
import type { File } from '$contracts/files.ts'
import type { CodeAnswer } from '#lib/backup/code-answer.ts'
import type { Told } from '#lib/server/timeline.ts'

const now = Date.parse('2026-11-22T07:04:00.000Z')
export const serverNow = new Date(now).toISOString()
const minute = 60_000
export const hour = 60 * minute
export const at = (milliseconds: number): string => new Date(now + milliseconds).toISOString()

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const backup: Backup = {
  id: idOf(1),
  projectId: idOf(2),
  reference: '7Q4K-2MZ9',
  name: '全基因组测序数据',
  contentTypes: ['wgs'],
  stage: 'draft',
  version: 1,
  number: null,
  issuedAt: null,
  filingNumbers: [],
  custodySince: '2026-11-20T01:00:00.000Z',
  fileCount: 2,
  totalMb: '8192.5',
  waitingFor: ['depositor'],
  waitCounts: [{ wait: 'depositor', files: 1 }],
  todos: [],
  deadline: at(30 * hour),
  createdAt: at(-48 * hour),
  project: {
    id: idOf(2),
    name: '中国人群队列',
    leadName: '李雷',
    leadEmail: 'lilei@example.cn',
    unit: { id: idOf(3), name: '示例研究所' },
    createdAt: at(-72 * hour),
  },
  custodian: { id: idOf(4), name: '韩梅梅' },
  sync: null,
  serverNow,
}

const unsent: File['consent'] = {
  status: 'unsent',
  sentAt: null,
  expiresAt: null,
  resendAt: null,
  triesLeft: 5,
  trouble: null,
}
const consentOf = (status: File['consent']['status']): File['consent'] =>
  status === 'unsent'
    ? unsent
    : {
        ...unsent,
        status,
        sentAt: at(-hour),
        expiresAt: status === 'voided' ? null : at(status === 'expired' ? -minute : 3 * hour),
        trouble: status === 'undelivered' ? 'no-such-address' : null,
      }

const file = (n: number, given: Partial<File>): File => ({
  id: idOf(100 + n),
  dataType: 1,
  repository: 'GSA-Human',
  sampleCount: 1200,
  mbPerSample: '4096.5',
  depositorEmail: 'depositor@example.cn',
  accession: `HRA${String(n).padStart(6, '0')}`,
  status: 'pending',
  consent: unsent,
  check: null,
  mail: null,
  createdAt: at(-hour),
  ...given,
})

/** One in each status; one that the repository does not answer for; one whose code is in each state. */
export const filesByStatus: File[] = [
  ...fileStatuses.map((status, i) =>
    file(i, {
      status,
      check:
        status === 'checking'
          ? { since: serverNow, tries: 0, cause: null, needsStaff: false, nextAt: null }
          : null,
    }),
  ),
  file(50, {
    status: 'checking',
    check: { since: at(-3 * hour), tries: 7, cause: 'timeout', needsStaff: false, nextAt: at(10 * minute) },
  }),
  file(51, { consent: { ...consentOf('sent'), expiresAt: at(40 * hour) } }),
  file(52, { consent: consentOf('undelivered') }),
  file(53, {
    status: 'checking',
    check: {
      since: at(-3 * hour),
      tries: 9,
      cause: 'unauthorised',
      needsStaff: true,
      nextAt: at(10 * minute),
    },
  }),
  file(54, {
    consent: consentOf('sending'),
    mail: { since: at(-hour), tries: 9, cause: 'rejected-for-now', needsStaff: false, nextAt: at(minute) },
  }),
]
export const filesByCode: File[] = [
  ...consentStatuses.map((status, i) => file(60 + i, { consent: consentOf(status) })),
  file(70, { consent: { ...consentOf('sent'), resendAt: at(3 * minute) } }),
  file(71, { status: 'locked' }),
  file(72, { status: 'done' }),
]

const refusal = (
  code: string,
  params: Problem['params'] = {},
  errors: Problem['errors'] = [],
): CodeAnswer => ({
  problem: { type: 'about:blank', title: code, status: 409, code, params, errors },
  cmd: '',
})
const sent = file(80, { consent: consentOf('sent') })
/** What the two forms of a code answer. */
export const codeAnswers: { title: string; file: File; answer: CodeAnswer }[] = [
  { title: 'sent', file: sent, answer: { done: 'sent', cmd: '' } },
  { title: 'verified', file: sent, answer: { done: 'verified', cmd: '' } },
  { title: 'CODE_WRONG', file: sent, answer: refusal('CODE_WRONG', { triesLeft: 3 }) },
  {
    title: 'CODE_FORM',
    file: sent,
    answer: refusal('VALIDATION', {}, [{ path: 'code', code: 'CODE_FORM', params: {} }]),
  },
  { title: 'CODE_TOO_SOON', file: sent, answer: refusal('CODE_TOO_SOON', { time: at(3 * minute) }) },
  {
    title: 'CODE_VOIDED',
    file: file(81, { consent: consentOf('voided') }),
    answer: refusal('CODE_VOIDED'),
  },
  { title: 'PROCESS_UNAVAILABLE', file: sent, answer: refusal('PROCESS_UNAVAILABLE') },
]

/** As the server writes it for a reader of Chinese. */
export const told: Told = {
  isAll: false,
  hasMore: true,
  waits: [
    { key: 'depositor', kind: 'warn', whom: '数据提交者', text: 'HRA000080 的验证码已发送' },
    { key: 'repository', kind: 'info', whom: 'GSA-Human', text: '校验 HRA000050' },
  ],
  days: [
    {
      day: '2026-11-22',
      entries: [
        { at: at(-hour), time: '17:00', text: '韩梅梅向 d***r@example.cn 发送了 HRA000080 的验证码' },
        { at: at(-2 * hour), time: '16:00', text: 'HRA000080 校验通过' },
      ],
    },
    { day: '2026-11-20', entries: [{ at: at(-48 * hour), time: '18:00', text: '韩梅梅创建了备份' }] },
  ],
}
