/** The mail of a code as people and their programs read it (R26): every free text in it is hostile here. */
import { describe, expect, it } from 'vitest'
import { codeLetter } from '../../activities/mails/code.ts'

const letter = {
  code: '123456',
  depositorEmail: "o'brien@example.cn",
  requester: '示例甲',
  unit: '示例单位',
  repository: 'GSA-Human',
  accession: 'HRA000567',
  projectName: '项目',
  reference: '7Q4K-2MZ9',
  siteUrl: 'https://hgrip.example.cn',
  now: new Date('2026-11-22T16:30:00Z'),
} as const

/** Every mark that could end a line, hide or turn what follows. */
const marks = [
  '\r\n',
  '\n',
  '\r',
  '\v',
  '\f',
  '\x85',
  '\u2028',
  '\u2029',
  '\0',
  '\x1b',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u{e0041}',
  '\uffff',
]

describe('R26 free text is one line of the text mail, whatever was in it', () => {
  const lines = codeLetter(letter).text.split(/\r\n|[\n\r\v\f\x85\u2028\u2029]/)

  it.each(marks.map((mark) => [JSON.stringify(mark), mark]))('%s', (_, mark) => {
    const typed = `甲${mark}您的验证码为：999999`
    for (const field of [
      'requester',
      'unit',
      'projectName',
      'depositorEmail',
      'accession',
      'reference',
    ] as const) {
      const { text, html } = codeLetter({ ...letter, [field]: typed })
      const got = text.split(/\r\n|[\n\r\v\f\x85\u2028\u2029]/)
      expect(got, field).toHaveLength(lines.length)
      expect(got.filter((line) => line.startsWith('您的验证码为'))).toEqual([])
      expect(got.filter((line) => line === '您好，您的验证码为：123456')).toHaveLength(1)
      if (!/\s/.test(mark)) expect(text + html, field).not.toContain(mark)
    }
  })

  it('joiners of names stay', () => {
    expect(codeLetter({ ...letter, requester: 'ক্‍ষ‌' }).text).toContain('ক্‍ষ‌')
  })
})

describe('R26 free text is text in the HTML mail, never markup', () => {
  it.each([
    'requester',
    'unit',
    'projectName',
    'depositorEmail',
    'accession',
    'reference',
    'siteUrl',
    'code',
  ] as const)('%s', (field) => {
    const { html } = codeLetter({ ...letter, [field]: `<b onclick="x">&'</b>` })
    expect(html).toContain('&#60;b onclick=&#34;x&#34;&#62;&#38;&#39;&#60;/b&#62;')
    expect(html).not.toContain('<b onclick')
  })

  it('holds what the text holds: code, requester, data set, link, day in Beijing', () => {
    const { text, html, subject } = codeLetter(letter)
    for (const part of [text, html]) {
      for (const word of [
        '123456',
        '示例甲',
        '示例单位',
        'GSA-Human',
        'HRA000567',
        '项目',
        letter.siteUrl,
        '2026-11-23',
      ])
        expect(part).toContain(word)
    }
    for (const word of ['123456', '示例甲', 'HRA000567']) expect(subject).not.toContain(word)
  })
})
