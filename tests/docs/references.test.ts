/** Every reference in code, tests and documents leads to something that is in this repository. */
import { existsSync, readFileSync } from 'node:fs'
import { join, matchesGlob, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Line, linesOf, readLines, root, tree } from './sources.ts'

const document = (path: string): string => readFileSync(join(root, path), 'utf8')
const headingsOf = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading.trim(),
  )

const rules = new Set([...document('docs/rules.md').matchAll(/^- \*\*(R\d+)\*\* /gm)].map(([, rule]) => rule))
const pages = document('docs/pages.md')
const named = new Set([
  ...[...pages.matchAll(/^### (P\d+) /gm)].map(([, page]) => page),
  ...[...pages.matchAll(/^\| ([MSV]\d+) \|/gm)].map(([, name]) => name),
])
const pageHeadings = headingsOf(pages).map((heading) => /^[\d.]+/.exec(heading)?.[0].replace(/\.$/, ''))

/** `R18–R20`, `P2–P8` and `R18-20` name what lies between, too; their ends are enough. */
const ruleForm = /\bR(\d{1,2})(?!\.?\d|[\w-])(?:[–-]R?(\d{1,2})\b)?/g
const nameForm = /(?<![\w#/.$-])([PMSV])(\d{1,2})(?!\.?\d|[\w-])(?:[–-]\1?(\d{1,2})\b)?/g
const decisionForm = /\bdecisions? (\d{3})\b|\bdecisions\/(\d{3})-/g
const sectionForm = /\bpages\.md (\d(?:\.\d+)*)/g
const quotedForm = /\b([\w-]+\.md) “([^”]+)”/g
/** Documents that were ours before there was a repository. */
const outside = /\b(DESIGN|UX|STYLE|VERIFIED(-\w+)?|SPEC|BRIEF)(\.md\b| ?§| [PMSV]?\d| on server)/

type Find = (said: Line) => string[]
const all = (said: Line, form: RegExp): RegExpMatchArray[] => [...said.text.matchAll(form)]

const findRules: Find = (said) =>
  all(said, ruleForm).flatMap(([, from, to]) =>
    [from, to].flatMap((n) => (n && !rules.has(`R${n}`) ? [`R${n} is not in docs/rules.md`] : [])),
  )
/** A path of an SVG begins like a mail's number. */
const withoutDrawings = (text: string): string => text.replace(/\bd=(['"]).*?\1|\bd='[^']*/g, '')
const findNames: Find = (said) =>
  all({ ...said, text: withoutDrawings(said.text) }, nameForm).flatMap(([, kind = '', from, to]) =>
    [from, to].flatMap((n) => (n && !named.has(kind + n) ? [`${kind}${n} is not in docs/pages.md`] : [])),
  )
const findDecisions: Find = (said) =>
  all(said, decisionForm).flatMap(([, a, b]) =>
    tree.some((path) => path.startsWith(`docs/decisions/${a ?? b}-`))
      ? []
      : [`there is no decision ${a ?? b}`],
  )
const findHeadings: Find = (said) => [
  ...all(said, sectionForm).flatMap(([, number]) =>
    pageHeadings.includes(number) ? [] : [`docs/pages.md has no heading ${number}`],
  ),
  ...all(said, quotedForm).flatMap(([, name, heading = '']) => {
    const path = tree.find((each) => each === name || each === `docs/${name}`)
    const isHere = (each: string) => each === heading || each.startsWith(`${heading} (`)
    return path && headingsOf(document(path)).some(isHere) ? [] : [`${name} has no heading “${heading}”`]
  }),
]
const findOutside: Find = (said) => {
  const found = outside.exec(said.text)
  return found ? [`${found[0]} is not in this repository`] : []
}

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/`|\*/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

const findLinks: Find = ({ path, text }) => {
  if (!path.endsWith('.md')) return []
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [to = '', anchor] = link.split('#')
    const target = to === '' ? path : posix.normalize(posix.join(posix.dirname(path), to))
    if (!existsSync(join(root, target))) return [`link to ${target}, which does not exist`]
    if (anchor === undefined || !target.endsWith('.md')) return []
    return headingsOf(document(target)).map(anchorOf).includes(anchor)
      ? []
      : [`${target} has no heading #${anchor}`]
  })
}

const extensions = 'ts|mts|js|mjs|svelte|css|md|json|yml|yaml|toml|html|go|sum|mod|sql|png'
const fileForm = new RegExp(String.raw`^(?!\.local|\.env|https?:)[\w@.*{},[\]()+-]*(/[\w@.*{},[\]()+-]*)*$`)
/** Some packages are called like a file: `ipaddr.js`. */
const packages = JSON.parse(document('package.json')) as { dependencies: object; devDependencies: object }
const isFileName = (name: string): boolean =>
  !(name in packages.dependencies || name in packages.devDependencies) &&
  !name.startsWith('/') &&
  fileForm.test(name) &&
  (name.endsWith('/') || new RegExp(String.raw`[\w*}\])]\.(${extensions})$`).test(name))
const folders = new Set(
  tree.flatMap((path) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, i, parts) => `${parts.slice(0, i + 1).join('/')}/`),
  ),
)
/** In full, or its end: documents say `now-try.ts` where the folder is clear. */
function isThere(name: string): boolean {
  if (name.endsWith('/')) return [...folders].some((folder) => `/${folder}`.endsWith(`/${name}`))
  if (name.startsWith('@')) return existsSync(join(root, 'node_modules', name))
  // Brackets are names of routes here, not classes of characters.
  const glob = name.replace(/[[\]()]/g, (sign) => `\\${sign}`)
  return tree.some((path) =>
    /[*{]/.test(name)
      ? matchesGlob(path, glob) || matchesGlob(path, `**/${glob}`)
      : `/${path}`.endsWith(`/${name}`),
  )
}
/** In documents and comments; in other strings a backtick begins a template. */
const findFiles: Find = ({ path, text }) => {
  if (!path.endsWith('.md') && !/^\s*(\/\/|\/?\*|<!--|#)/.test(text)) return []
  return [...text.matchAll(/`([^`\s]+)`/g)].flatMap(([, name = '']) =>
    isFileName(name) && !isThere(name) ? [`${name} does not exist`] : [],
  )
}

/** "`staleFields` in `conflicts.ts`": the file says that word. */
const findWords: Find = ({ path, text }) => {
  if (!path.endsWith('.md')) return []
  return [...text.matchAll(/((?:`\w+`(?:,| and) )*`\w+`) in `([^`\s]+\.\w+)`/g)].flatMap(
    ([, words = '', name = '']) => {
      const files = tree.filter((each) => `/${each}`.endsWith(`/${name}`)).map(document)
      return [...words.matchAll(/`(\w+)`/g)].flatMap(([, word = '']) =>
        files.length === 0 || files.some((file) => new RegExp(`\\b${word}\\b`).test(file))
          ? []
          : [`${name} does not say ${word}`],
      )
    },
  )
}

const finds: Record<string, Find> = {
  rules: findRules,
  'pages, mails, SMS, validation codes': findNames,
  decisions: findDecisions,
  headings: findHeadings,
  'links of documents': findLinks,
  'files in documents and comments': findFiles,
  'words in the file that a document names': findWords,
  'documents that are not here': findOutside,
}
const offences = (lines: readonly Line[], find: Find): string[] =>
  lines.flatMap((said) => find(said).map((what) => `${said.path}:${said.line}: ${what}`))

describe('references resolve', () => {
  const lines = readLines()
  it.each(Object.entries(finds))('%s', (_, find) => {
    expect(offences(lines, find)).toEqual([])
  })

  it('were read from everywhere, and the rules are complete', () => {
    expect([...rules]).toEqual(Array.from({ length: 63 }, (_, i) => `R${i + 1}`))
    for (const name of ['P1', 'P26', 'M1', 'M12', 'S1', 'S2', 'V1', 'V6']) expect(named).toContain(name)
    const said = (form: RegExp) =>
      new Set(lines.filter(({ text }) => form.test(text)).map(({ path }) => path))
    expect(said(/\bR27\b/).size).toBeGreaterThan(5)
    expect(said(/\bP6\b/).size).toBeGreaterThan(1)
    for (const kind of ['.ts', '.svelte', '.css', '.md', '.yml'])
      expect(lines.some(({ path }) => path.endsWith(kind))).toBe(true)
  })

  it('every rule has a test, but those that have no code yet', () => {
    const missing = document('docs/rules.md').split('## Not built yet')[1] ?? ''
    const numbersIn = (text: string): number[] =>
      [...text.matchAll(ruleForm)].flatMap(([, from, to]) =>
        Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, i) => Number(from) + i),
      )
    const done = new Set([
      ...numbersIn(missing),
      ...lines.filter(({ path }) => path.startsWith('tests/')).flatMap(({ text }) => numbersIn(text)),
    ])
    expect([...rules].filter((rule) => !done.has(Number(rule?.slice(1))))).toEqual([])
  })

  // A test that cannot fail is a defect: each of these must be found.
  it.each([
    ['domain/a.ts', '// R64: one rule more'],
    ['domain/a.ts', '// R60–R64'],
    ['tests/a.test.ts', `describe('R0 nothing', () => {})`],
    ['web/src/a.svelte', '<script lang="ts">\n  /** P27: a page */\n</script>'],
    ['web/src/a.svelte', '<!-- M13 -->'],
    ['web/src/a.css', '/* V7 */'],
    ['api/a.ts', 'const a = [1, // S3\n]'],
    ['docs/a.md', 'P2–P30'],
    ['docker-compose.yml', '# decision 999'],
    ['docs/a.md', 'decisions 998'],
    ['web/src/a.ts', '/** pages.md 2.99 */'],
    ['db/a.ts', '/** architecture.md “The cellar” */'],
    ['docs/a.md', '[there](nowhere.md)'],
    ['docs/a.md', '[there](rules.md#nowhere)'],
    ['README.md', '[there](#nowhere)'],
    ['docs/a.md', 'as `domain/nowhere.ts` says'],
    ['docs/a.md', 'as `nowhere.svelte` says'],
    ['docs/a.md', 'in `nowhere/`'],
    ['docs/a.md', '`refusal`, `nothingLikeThis` in `domain/result.ts`'],
    ['db/a.ts', '/** What changes one is in `nowhere.ts`. */'],
    ['domain/a.ts', 'const a = 1 // of `nowhere.ts`'],
    ['docs/a.md', 'all of `domain/*.svelte`'],
    ['domain/a.ts', '/** (DESIGN §3) */'],
    ['domain/a.ts', '/** UX §2.3 */'],
    ['domain/a.ts', '/** (UX P7) */'],
    ['tests/a.test.ts', `describe('STYLE 13 plans', () => {})`],
    ['api/a.ts', '/** (VERIFIED on servers 1.29) */'],
    ['docs/a.md', 'see SPEC.md'],
    ['migrations/a.ts', '// DESIGN.md says so'],
  ])('finds in %s: %s', (path, text) => {
    const found = Object.values(finds).flatMap((find) => offences(linesOf(path, text), find))
    expect(found).toHaveLength(1)
  })
  it.each([
    ['domain/a.ts', `type P99<M77> = { S9: M77 }\nconst R99 = /V8 ['"]/`],
    ['domain/a.ts', '/** R18–R20, R60-63, P2–P8; p99 is 3 ms; 4M50 */'],
    ['web/src/a.css', `.a { background: url("data:,%3Cpath d='M14 4l6 6'/%3E") }`],
    [
      'docs/a.md',
      '`/readyz`, `hgrip_api`, `http://localhost:4000/a.ts`, `.local/run.json`, `a.b`, `GET /a/`',
    ],
    [
      'docs/a.md',
      '`domain/*.ts`, `web/messages/{zh,en}/words.json`, `references.test.ts`, `tests/`, `@types/pg/index.d.ts`',
    ],
    ['docs/a.md', '[a](rules.md#not-built-yet) [b](https://example.cn/x#y) decision 004'],
    ['domain/a.ts', 'const a = `nowhere.ts`'],
    ['web/src/a.ts', '/** pages.md 2.8; architecture.md “The sweep” */'],
    ['domain/a.ts', '/** RFC 9110 §10.2.3, UNSPECIFIED, a design */'],
  ])('finds nothing in %s: %s', (path, text) => {
    const found = Object.values(finds).flatMap((find) => offences(linesOf(path, text), find))
    expect(found).toEqual([])
  })
})
