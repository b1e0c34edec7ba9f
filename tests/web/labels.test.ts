/**
 * R55: each code means what its words say. The lists are written by hand, from the manual and the page of words: a label in
 * the place of another compiles, is complete, and is wrong.
 */
import { describe, expect, it } from 'vitest'
import { causes } from '../../domain/backup/outside.ts'
import { repositoryOf, type DataType } from '../../domain/catalogue.ts'
import { causeWords } from '../../domain/words/causes.ts'
import { roleWords } from '../../domain/words/roles.ts'
import { codeWords, stageWords, statusWords, troubleWords } from '../../domain/words/statuses.ts'
import { contentWords, dataTypeWords, partWords } from '../../domain/words/types.ts'
import { waitedForWords, waitWords } from '../../domain/words/waits.ts'

const dataTypes: Record<DataType, [zh: string, en: string, repository: string]> = {
  1: ['组学原始测序数据', 'Raw omics sequencing data', 'GSA-Human'],
  2: ['全基因组组装数据', 'Whole-genome assembly', 'GWH'],
  3: ['基因组变异数据', 'Genomic variation', 'GVM'],
  4: ['变异芯片数据', 'Array variation', 'GVM'],
  5: ['全基因组关联分析数据', 'Genome-wide association analysis', 'GVM'],
  6: ['核酸序列类生物标志物', 'Nucleic-acid-sequence biomarkers', 'GenBase'],
  7: ['基因组芯片原始数据', 'Raw genome array data', 'OMIX'],
  8: ['芯片统计与分析数据', 'Array statistics and analysis', 'OMIX'],
  9: ['其它核酸类生物标志物', 'Other nucleic-acid biomarkers', 'OMIX'],
  10: ['各类统计与分析数据', 'Other statistics and analysis', 'OMIX'],
}

describe('R15 each data type has its words and its repository', () => {
  it.each(Object.entries(dataTypes))('%s', (code, [zh, en, repository]) => {
    const dataType = Number(code) as DataType
    expect(dataTypeWords[dataType]).toEqual({ zh, en })
    expect(repositoryOf(dataType)).toBe(repository)
  })
})

/** What the words of each code must hold, in both languages. */
const meanings: Record<
  string,
  [words: Record<string, { zh: string; en: string }>, Record<string, [RegExp, RegExp]>]
> = {
  'R12 content': [
    contentWords,
    {
      wgs: [/^全基因组测序/, /^Whole-genome sequencing/],
      array: [/^全基因组芯片/, /array/],
      wes: [/^全外显子组/, /exome/],
      targeted: [/靶向/, /^Targeted/],
      epigenome: [/^表观组/, /^Epigenome/],
      transcriptome: [/^转录组/, /^Transcriptome/],
    },
  ],
  'R19 parts of a study': [
    partWords,
    {
      sample: [/^样本$/, /sample/],
      experiment: [/^实验$/, /experiment/],
      run: [/^测序反应（Run）$/, /run/],
      file: [/^文件$/, /file/],
    },
  ],
  'R2 roles': [
    roleWords,
    {
      researcher: [/^自然人$/, /^Researcher/],
      unit_admin: [/^单位管理员$/, /administrator/],
      legal_entity: [/^法人$/, /^Legal entity/],
      operator: [/^运维人员$/, /^Operator/],
    },
  ],
  'stages of a backup': [
    stageWords,
    {
      draft: [/^未完成$/, /^Draft/],
      completed: [/^已完成$/, /^Completed/],
      discarded: [/^已放弃$/, /^Discarded/],
    },
  ],
  'statuses of a file': [
    statusWords,
    {
      checking: [/校验中$/, /^Checking/],
      mismatch: [/校验(失败|未通过)$/, /failed|not pass/i],
      pending: [/^待验证$/, /^Awaiting/],
      done: [/^完成$/, /^Done/],
      locked: [/^已锁定$/, /^Locked/],
    },
  ],
  'R25–R29 a code': [
    codeWords,
    {
      unsent: [/^尚未发送/, /not sent/],
      sending: [/发送中$/, /on its way/],
      sent: [/已发送$/, /sent$/],
      undelivered: [/未送达$/, /not delivered/],
      expired: [/已过期$/, /expired/],
      voided: [/已作废$/, /cancelled/],
    },
  ],
  'why a mail did not arrive': [
    troubleWords,
    {
      'no-such-address': [/地址不存在/, /no such address/],
      'mailbox-full': [/已满/, /full/],
      rejected: [/拒收/, /rejected/],
      'not-accepted': [/24 小时/, /24 h/],
    },
  ],
  'whom it waits for, to its custodian': [
    waitWords,
    {
      staff: [/平台工作人员/, /staff/i],
      researcher: [/我/, /you/i],
      depositor: [/提交者/, /depositor/i],
      repository: [/数据库/, /repository/i],
      mail: [/邮件/, /mail/i],
      'report-system': [/人遗系统/, /(report|HGR) system/i],
      ready: [/可以提交/, /ready/i],
    },
  ],
  'whom it waits for, to staff': [
    waitedForWords,
    {
      staff: [/平台工作人员/, /staff/],
      researcher: [/^申请人$/, /researcher$/],
      depositor: [/提交者/, /depositor/],
      repository: [/数据库/, /repository/],
      mail: [/邮件/, /mail/],
      'report-system': [/人遗系统/, /(report|HGR) system/i],
      ready: [/申请人提交/, /ready/],
    },
  ],
  'why the outside gives no answer that counts': [
    causeWords,
    {
      refused: [/无法连接/, /no connection/],
      timeout: [/时限/, /in time/],
      'rate-limited': [/稍后再试/, /later/],
      'server-error': [/出错/, /error/],
      'rejected-for-now': [/暂不/, /for now/],
      busy: [/正在尝试/, /trying/],
      malformed: [/无法识别/, /cannot be read/],
      'other-subject': [/不符/, /another question/],
      unauthorised: [/凭据/, /credentials/],
      'no-encryption': [/加密/, /encrypted/],
      policy: [/拒绝本平台/, /from this platform/],
      rejected: [/拒绝受理/, /refused/],
    },
  ],
}

describe.each(Object.entries(meanings))('%s', (_, [words, wanted]) => {
  it('has words for just these codes, each with its meaning', () => {
    expect(Object.keys(words).toSorted()).toEqual(Object.keys(wanted).toSorted())
    for (const [code, [zh, en]] of Object.entries(wanted)) {
      expect(words[code]?.zh, code).toMatch(zh)
      expect(words[code]?.en, code).toMatch(en)
    }
  })
  it('has no word twice', () => {
    for (const language of ['zh', 'en'] as const) {
      const all = Object.values(words).map((one) => one[language])
      expect(new Set(all).size).toBe(all.length)
    }
  })
})

it('each cause has its words', () => {
  expect(Object.keys(causeWords).toSorted()).toEqual(causes.toSorted())
})
