import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { transportCodes } from '../../api/contracts/contract.ts'
import { validationCodes } from '../../api/contracts/fields.ts'
import { refusalCodes } from '../../domain/result.ts'

const web = join(import.meta.dirname, '../../web')
const read = (path: string): string => readFileSync(join(web, path), 'utf8')
type Texts = Record<string, string>
/** A text that counts has forms by number. All that it can say, as one. */
type Written = string | { match: Record<string, string> }[]
const wholeOf = (text: Written): string =>
  typeof text === 'string' ? text : text.flatMap(({ match }) => Object.values(match)).join('\n')
/** One file an area, the same in both languages. */
const filesOf = (locale: string): string[] => readdirSync(join(web, 'messages', locale)).sort()
const textsOf = (locale: string, file: string): Texts => {
  const { $schema: _, ...texts } = JSON.parse(read(`messages/${locale}/${file}`)) as Record<string, Written>
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, wholeOf(text)]))
}
const catalogue = (locale: string): Texts =>
  Object.assign({}, ...filesOf(locale).map((file) => textsOf(locale, file))) as Texts
const [zh, en] = [catalogue('zh'), catalogue('en')]
const sources = readdirSync(join(web, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(svelte|ts)$/.test(path) && !path.includes('paraglide'))
  .map((path) => read(join('src', path)))
  .join('\n')
const used = new Set([...sources.matchAll(/\bm\.(\w+)/g)].map(([, key]) => key))
const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort()
const keysWhere = (fits: (key: string) => boolean): string[] => Object.keys(zh).filter(fits)

describe('R55 Chinese first, English complete', () => {
  test('both catalogues hold the same files, with the same keys in the same order', () => {
    expect(filesOf('en')).toEqual(filesOf('zh'))
    for (const file of filesOf('zh'))
      expect(Object.keys(textsOf('en', file)), file).toEqual(Object.keys(textsOf('zh', file)))
  })
  test('each file is compiled, and each text stands in one of them', () => {
    const settings = JSON.parse(read('project.inlang/settings.json')) as {
      'plugin.inlang.messageFormat': { pathPattern: string[] }
    }
    const { pathPattern } = settings['plugin.inlang.messageFormat']
    expect(pathPattern.toSorted()).toEqual(filesOf('zh').map((file) => `./messages/{locale}/${file}`))
    // Where two files hold the same key, the later one would win without a word.
    const keys = filesOf('zh').flatMap((file) => Object.keys(textsOf('zh', file)))
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
  })
  test('R53 no text says that staff were told: nobody tells them', () => {
    const claims = /收到通知|已通知|通知了|have been told|been notified|were told/i
    expect(keysWhere((key) => claims.test(`${zh[key]} ${en[key]}`))).toEqual([])
  })
  test('no text is empty', () => {
    expect(
      keysWhere((key) => !zh[key]?.trim() || !en[key]?.trim()).filter((key) => key !== 'list_separator'),
    ).toEqual([])
  })
  test('each text has the same placeholders in both languages', () => {
    const differing = keysWhere(
      (key) => placeholders(zh[key] ?? '').join() !== placeholders(en[key] ?? '').join(),
    )
    expect(differing).toEqual([])
  })
  test('each English text that counts has a form for one', () => {
    // Lengths of texts and counts that stop are never 1.
    const counting = /(?<!More than )\{[nab]\}(?= (?!characters)[a-z]+s\b)/
    const written = Object.assign(
      {},
      ...filesOf('en').map((file) => JSON.parse(read(`messages/en/${file}`)) as object),
    ) as Record<string, Written>
    const isLacking = (text: Written): boolean =>
      counting.test(wholeOf(text)) && (typeof text === 'string' || !text.every(({ match }) => 'n=1' in match))
    expect(Object.keys(written).filter((key) => isLacking(written[key] ?? ''))).toEqual([])
  })
  test('no Chinese is left in the English texts', () => {
    expect(
      keysWhere((key) => /\p{Script=Han}/u.test(en[key] ?? '') && !key.startsWith('language_switch')),
    ).toEqual([])
  })
  test('each text is used by a page, and each that is used exists', () => {
    expect(keysWhere((key) => !used.has(key))).toEqual([])
    expect([...used].filter((key) => key !== undefined && !(key in zh))).toEqual([])
  })
})

describe('error codes map to text in one place', () => {
  const mapping = ['problem', 'problems/general', 'problems/rules']
    .map((file) => read(`src/lib/words/${file}.ts`))
    .join('\n')
  test.each([...refusalCodes, ...transportCodes, ...validationCodes])('%s has a text', (code) => {
    const stated = new RegExp(
      `^  ${code}: \\([^)]*\\) =>\\s+\\(?((params\\.number|isOffline\\(\\))\\s+\\? )?m\\.`,
      'm',
    )
    expect(mapping).toMatch(stated)
  })
  test('nothing else decides by code what a refusal says', () => {
    const keys = keysWhere((key) => key.startsWith('problem_'))
    expect(keys.filter((key) => !mapping.includes(`m.${key}(`))).toEqual([])
  })
})
