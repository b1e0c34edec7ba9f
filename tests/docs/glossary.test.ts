/** One term for one thing: what people read uses the words of the glossary (rules.md, Words), in both languages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeLetter } from '../../activities/mails/code.ts'
import { root, tree } from './sources.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const glossary =
  read('docs/rules.md')
    .split(/^## /m)
    .find((part) => part.startsWith('Words\n')) ?? ''
const rows = [...glossary.matchAll(/^\| (?!Chinese)(.+?) \|$/gm)].map(([, row = '']) => {
  const [chinese = '', english = '', , , never = ''] = row.split('|').map((cell) => cell.trim())
  return { chinese: listOf(chinese), english: listOf(english), never: listOf(never) }
})
const terms = rows.flatMap(({ chinese, english }) => [...chinese, ...english])
const never = rows.flatMap((row) => row.never)
/** Texts of the manual, word by word. */
const manual = [...(/manual's own sentences[^.]+\./.exec(glossary)?.[0] ?? '').matchAll(/`(\w+)`/g)].map(
  ([, key]) => key,
)

/** `人遗系统 (人类遗传资源服务管理系统)` is two. */
function listOf(cell: string): string[] {
  return cell
    .split(/, |(?<=.) (?=\(\p{Script=Han}|\(HGR|\(Human)/u)
    .map((word) => (/^\((?!you)/.test(word) ? word.slice(1, -1) : word))
    .filter(Boolean)
}

const wordIn = (text: string, word: string): boolean =>
  /\p{Script=Han}/u.test(word)
    ? text.includes(word)
    : new RegExp(`(?<!\\w)${word.replace(/[()]/g, '\\$&')}(?!\\w)`, 'i').test(text)

/** Not where it is only a part of a longer term: 单位 in 单位规格. */
function hasTerm(text: string, word: string): boolean {
  const longer = terms.filter((term) => wordIn(term, word) && !wordIn(word, term))
  return wordIn(
    longer.reduce((left, term) => left.replaceAll(term, '·'), text),
    word,
  )
}

/** What of a text is no word of the glossary. */
const wrongWords = (text: string): string[] => never.filter((word) => hasTerm(text, word))

type Said = { where: string; zh: string; en: string }
/** A text, or its forms by number, without the names of what is inserted. */
const formsOf = (text: unknown): string =>
  (typeof text === 'string'
    ? text
    : (text as { match: Record<string, string> }[]).flatMap(({ match }) => Object.values(match)).join(' · ')
  ).replace(/\{\w+\}/g, '·')
const catalogue: Said[] = tree
  .filter((path) => path.startsWith('web/messages/zh/'))
  .flatMap((path) => {
    const texts = [path, path.replace('/zh/', '/en/')].map(
      (each) => JSON.parse(read(each)) as Record<string, unknown>,
    )
    return Object.keys(texts[0] ?? {})
      .filter((key) => key !== '$schema')
      .map((key) => ({ where: key, zh: formsOf(texts[0]?.[key]), en: formsOf(texts[1]?.[key]) }))
  })

type Words = Record<string, { zh: string; en: string }>
const shared: Said[] = (
  await Promise.all(
    tree
      .filter((path) => /^domain\/words\/.+\.ts$/.test(path))
      .map(async (path) => Object.entries((await import(join(root, path))) as Record<string, unknown>)),
  )
)
  .flat()
  .filter(([, value]) => typeof value === 'object')
  .flatMap(([name, value]) =>
    Object.entries(value as Words).map(([code, { zh, en }]) => ({ where: `${name} ${code}`, zh, en })),
  )

const mail = codeLetter({
  ...{
    code: '012345',
    depositorEmail: 'a@example.cn',
    requester: '示例甲',
    unit: '示例',
    repository: 'OMIX',
  },
  ...{ accession: 'OMIX001226', projectName: '示例', reference: 'A000-0000' },
  ...{ siteUrl: 'https://example.cn', now: new Date(0) },
})

describe('the words of the glossary', () => {
  it('are read from rules.md', () => {
    expect(terms).toContain('HGR System')
    expect(terms).toContain('数据提交者')
    expect(never).toContain('report system')
    expect(never).toContain('(you)')
    expect(manual).toContain('code_sent')
    expect(catalogue.length).toBeGreaterThan(400)
    expect(shared.length).toBeGreaterThan(50)
  })

  it.each([
    ['校验中', ['校验']],
    ['数据库校验中，验证码校验', []],
    ['等待 2 个数据提交者', ['个数据提交者']],
    ['请联系提交者', ['提交者']],
    ['Your unit; the Units', ['unit', 'units']],
    ['institution administrator', []],
    ['Only file again in the report system, please', ['report system', 'file again']],
    ['Code not sent (you)', ['(you)']],
  ])('%s: %j', (text, expected) => {
    expect(wrongWords(text).sort()).toEqual(expected.sort())
  })

  it('and no other are used by pages, mails and Temporal Web', () => {
    const wrong = [...catalogue, ...shared]
      .filter(({ where }) => !manual.includes(where))
      .flatMap(({ where, zh, en }) =>
        [...wrongWords(zh), ...wrongWords(en)].map((word) => `${where}: ${word}`),
      )
    expect(wrong).toEqual([])
    expect(wrongWords(mail.subject + mail.text)).toEqual([])
  })

  it('stand in docs/pages.md', () => {
    const prose = read('docs/pages.md').replace(/`[^`]*`/g, '·')
    const wrong = prose
      .split('\n')
      .flatMap((line) => wrongWords(line).map((word) => `${word}: ${line.trim()}`))
    expect(wrong).toEqual([])
  })

  it('are the same in both languages', () => {
    const held = rows.filter((row) => row.never.some((word) => /[a-z]/.test(word)))
    const apart = held.flatMap(({ chinese, english }) =>
      [...catalogue, ...shared]
        .filter(({ zh }) => chinese.some((word) => hasTerm(zh, word)))
        .filter(({ en }) => !english.some((word) => wordIn(en, word) || wordIn(en, `${word}s`)))
        .map(({ where, en }) => `${chinese[0] ?? ''} ${english[0] ?? ''}: ${where}: ${en}`),
    )
    expect(held.length).toBeGreaterThan(5)
    expect(apart).toEqual([])
  })
})
