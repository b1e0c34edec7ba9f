import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeIn, emailKey, isEmail, isSameEmail, maskEmail, tidy } from '../../domain/text.ts'

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

describe('R8 text is tidied once and for all', () => {
  it('tidying twice is tidying once', () => {
    fc.assert(fc.property(text, (typed) => void expect(tidy(tidy(typed))).toBe(tidy(typed))))
  })
})

describe('R59 an address in other people’s lists', () => {
  it.each([
    ['alice@example.cn', 'a***e@example.cn'],
    ['ab@example.cn', 'a***b@example.cn'],
    ['a@example.cn', 'a***@example.cn'],
  ])('%s → %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked)
  })
})

describe('R28 the six digits in what was pasted', () => {
  it.each([
    ['526441', '526441'],
    [' ５２６ ４４１ ', '526441'],
    ['您好，您的验证码为：526441', '526441'],
    ['您的验证码为：526 441。数据集 HRA000567，服务热线 010-84097816，2026-11-29 19:00', '526441'],
    ['验证码为：526441（526441）', '526441'],
    ['Your code is 526441.', '526441'],
    ['526441 或 526442', undefined],
    ['1526441', undefined],
    ['HRA526441', undefined],
    ['52644', undefined],
    ['', undefined],
  ])('%j → %j', (text, code) => {
    expect(codeIn(text)).toBe(code)
  })
})
