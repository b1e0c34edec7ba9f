import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  asTyped,
  cleanLine,
  comparable,
  emailKey,
  halfWidth,
  isEmail,
  isFit,
  isSameEmail,
  visibleLength,
} from '../../domain/text.ts'

/** Letters that NFKC, case or trimming change. */
const text = fc.string({ unit: fc.constantFrom(...'aAé@. \t\u00a0\u3000ＡｂＫ①ﬁ㎏İıſǅ\u0301\u200b가각ㄱﾊﾞ') })

describe('R18 an e-mail address', () => {
  it.each([
    'a@b.cn',
    'first.last+tag@sub.example.com.cn',
    "o'hara_x-1@example.cn",
    `${'a'.repeat(64)}@example.cn`,
    'a@xn--fiqs8s.xn--fiqs8s',
    '1@163.com',
  ])('%s is one', (text) => {
    expect(isEmail(text)).toBe(true)
  })
  it.each([
    '',
    'a',
    'a@b',
    '@example.cn',
    'a@',
    'a@@example.cn',
    'a@b@example.cn',
    '.a@example.cn',
    'a.@example.cn',
    'a..b@example.cn',
    'a@example..cn',
    'a@-example.cn',
    'a@example-.cn',
    'a@example.c',
    'a@1.2.3.4',
    'a b@example.cn',
    'a@example.cn ',
    'a@example.cn\n',
    'a@example.cn,b@example.cn',
    '张三@example.cn',
    'a@例子.cn',
    'A <a@example.cn>',
    `${'a'.repeat(65)}@example.cn`,
    `a@${'b'.repeat(64)}.cn`,
    `a@${'b.'.repeat(130)}cn`,
  ])('%j is none', (text) => {
    expect(isEmail(text)).toBe(false)
  })
  it('is decided at once, however long the text', () => {
    const before = performance.now()
    isEmail(`a@${'a-'.repeat(50_000)}`)
    isEmail(`${'a.'.repeat(126)}@${'a.'.repeat(100)}`)
    expect(performance.now() - before).toBeLessThan(200)
  })
})

describe('R22 addresses are compared lower-case after NFKC', () => {
  it.each([
    ['A@Example.CN', ' a@example.cn '],
    ['ａ＠ｅｘａｍｐｌｅ．ｃｎ', 'a@example.cn'],
  ])('%j is %j', (a, b) => {
    expect(isSameEmail(a, b)).toBe(true)
  })
  it.each([
    ['a@example.cn', 'b@example.cn'],
    ['a.b@example.cn', 'ab@example.cn'],
    ['a+x@example.cn', 'a@example.cn'],
  ])('%j is not %j', (a, b) => {
    expect(isSameEmail(a, b)).toBe(false)
  })
  it('is the same key in capitals, in full width and between spaces', () => {
    const fullWidth = (plain: string) =>
      plain.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        for (const typed of [email.toUpperCase(), fullWidth(email), `\u3000${email}\t`])
          expect(emailKey(typed)).toBe(emailKey(email))
        expect(emailKey(emailKey(email))).toBe(emailKey(email))
      }),
    )
  })
})

describe('R8 a name is kept as typed', () => {
  it.each([
    '三例样本（父母子）：测序数据，第①批',
    'CO₂与10⁶细胞（Ⅱ期）①',
    '阿卜杜拉·买买提',
    '𠮷野',
    '👨‍👩‍👧 队列 ❤️',
    'می\u200cخواهم', // needs its zero-width non-joiner
    'عينة 12',
  ])('%s', (typed) => {
    expect(asTyped(` ${typed}\u3000`)).toBe(typed)
    expect(isFit(typed)).toBe(true)
  })
  it('letters that are canonically equal become one', () => {
    expect(asTyped('e\u0301')).toBe('é')
  })
})

describe('R8 names are compared by what is seen', () => {
  it.each([
    ['肺癌队列', '肺癌\u200b队列'],
    ['肺癌队列', '\ufeff肺癌队列\u2060'],
    ['样本（父母子）', '样本(父母子)'],
    ['第１批', ' 第1批 '],
    ['第①批', '第1批'],
    ['می\u200cخواهم', 'میخواهم'],
    ['a\u00adb', 'ab'],
    ['a\u3164', 'a'],
  ])('%j is %j', (a, b) => {
    expect(comparable(a)).toBe(comparable(b))
  })
  it.each([
    ['队列一', '队列二'],
    ['a b', 'ab'],
    ['A', 'a'],
  ])('%j is not %j', (a, b) => {
    expect(comparable(a)).not.toBe(comparable(b))
  })
  it.each(['', ' ', '\u200b\u200b', '\u3164\u3164\u3164', '\u2800', '\u202e\u202d', '\u{e0041}', '\uffa0'])(
    '%j shows nothing',
    (text) => {
      expect(comparable(text)).toBe('')
      expect(visibleLength(text.trim())).toBe(0)
    },
  )
  it('comparing and keeping twice is once, and what is kept compares as what was typed', () => {
    fc.assert(
      fc.property(text, (typed) => {
        expect(comparable(comparable(typed))).toBe(comparable(typed))
        expect(asTyped(asTyped(typed))).toBe(asTyped(typed))
        expect(comparable(asTyped(typed))).toBe(comparable(typed))
      }),
    )
  })
})

describe('R8 what no line can hold is refused', () => {
  it.each([
    ...['\u0000', '\n', '\t', '\u007f', '\u0085', '\ud800', '\udc00', '\u2028', '\u2029', '\ufffd'],
    ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
    ...['\ufdd0', '\ufdef', '\ufffe', '\uffff', '\u{1fffe}', '\u{10ffff}'],
  ])('%j', (sign) => {
    expect(isFit(`示${sign}例`)).toBe(false)
    expect(isFit(cleanLine(`示${sign}例`))).toBe(true)
  })
})

describe('another system’s line is cleaned', () => {
  it.each([
    ['示例\u0000甲', '示例 甲'],
    ['示例\r\n您的验证码为：1', '示例 您的验证码为：1'],
    ['示\u202e例', '示例'],
    ['示\ud800例', '示例'],
    ['\u2028', ''],
  ])('%j → %j', (said, clean) => {
    expect(cleanLine(said)).toBe(clean)
  })
})

describe('e-mails, numbers and codes are read in half width', () => {
  it.each([
    ['\u200ba@example.cn', 'a@example.cn'],
    ['ａ＠ｅｘａｍｐｌｅ．ｃｎ\u3000', 'a@example.cn'],
    ['１２３\ufeff', '123'],
    ['a@example.cn²', 'a@example.cn²'],
    ['⑩ Ⅷ ㊿', '⑩ Ⅷ ㊿'],
  ])('%j is %j', (typed, read) => {
    expect(halfWidth(typed)).toBe(read)
  })
})
