import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig, type Plugin } from 'vite'

/** Each message, and the files that say it. */
const saidBy = new Map<string, string[]>()
const sources = ['src/lib', 'src/routes'].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(folder, file),
  ),
)
for (const file of sources.filter((each) => /\.(svelte|ts)$/.test(each) && !each.includes('paraglide')))
  for (const [, message = ''] of readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(
    /\bm\.(\w+)/g,
  ))
    saidBy.set(message, [...new Set([...(saidBy.get(message) ?? []), file])])

const room = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * A page's script comes in few files: the framework, what pages share, forms, the page's own. Each file costs a
 * request, and small ones compress badly. What few pages show is in none of the shared files.
 */
const chunks = [
  { name: 'styles', test: /\.css$|[?&]type=style/, priority: 4 },
  // Not Kit's entry and its payload: they run before the framework is evaluated.
  {
    name: 'framework',
    test: /node_modules\/(?!@lucide|@sveltejs\/kit\/src\/runtime\/(client\/(entry|payload)\.js|app\/forms)|svelte\/.*\/bindings\/input)|preload-helper|rolldown\/runtime/,
    priority: 3,
  },
  {
    name: 'shared',
    test: withTexts(
      /^(?!.*(lib\/(backup\/(?!MismatchHelp|FileCells|file-columns|code-action)|shell\/PrintHead|ui\/(Pager|Dialog|StepNumber|Review|SyncTag|Tabs))|routes\/\(manager\)|lib\/forms\/(?!ErrorSummary|kept-input|restore-input)|node_modules\/(?!@lucide)))/,
    ),
    minShareCount: 2,
    priority: 2,
  },
  // P11–P13: what is submitted, and what was.
  {
    name: 'completed',
    test: /lib\/(ui\/(Review|SyncTag|Tabs)|shell\/PrintHead|backup\/Total)/,
    minShareCount: 2,
    priority: 1,
  },
  {
    name: 'forms',
    test: withTexts(
      /lib\/forms\/(?!ErrorSummary|kept-input|restore-input|fill-input|LeftInput)|lib\/ui\/Dialog|runtime\/app\/forms|bindings\/input/,
    ),
    minShareCount: 2,
    priority: 1,
  },
]

/** Files that match, and messages that such a file says, or more than one: a text goes where it is shown. */
function withTexts(files: RegExp): (id: string) => boolean {
  return (id) => {
    const message = /paraglide\/messages\/(\w+)\.js$/.exec(id)?.[1]
    if (message === undefined) return files.test(id)
    const says = saidBy.get(message) ?? []
    // What managers alone say is in their own pages.
    if (says.every((file) => file.includes('(manager)'))) return false
    return says.length > 1 || says.some((file) => files.test(file))
  }
}

/**
 * A message is two functions and a choice between them, and a page has a hundred of them. This writes the choice once
 * (`choose`): 4 kB less for each page.
 */
const language = room('./src/lib/words/language.ts')
const shortMessages: Plugin = {
  name: 'short-messages',
  transform(code, id) {
    if (!/paraglide\/messages\/\w+\.js$/.test(id)) return null
    const long =
      /\(\(inputs( = \{\})?, options = \{\}\) => \{\s+const locale = [^\n]+\s+if \(locale === "en"\) return (\w+)\(inputs\)\s+return (\w+)\(inputs\)\s+\}\);/g
    const short = code.replace(
      long,
      (_, __, en: string, zh: string) => `/* @__PURE__ */ choose(${zh}, ${en});`,
    )
    if (short === code) return null
    const plain = short
      .replace(/^import .*runtime\.js';$/m, '')
      .replace(/= \/\*\*[^*]*\*\/ \(\) => \{\s+return \/\*\*[^*]*\*\/ \((`[^`]*`)\)\s+\};/g, '= $1;')
    if (this.environment.mode !== 'build' || this.environment.name !== 'client')
      return { code: `import { choose } from '${language}'\n${plain}`, map: null }
    const texts = new Map<string, string>()
    const marked = plain
      .replace(/^const (\w+) = (`[^`]*`|[\s\S]*?\n\});$/gm, (_, name: string, text: string) => {
        texts.set(name, text)
        return ''
      })
      .replace(
        /\bchoose\((\w+), (\w+)\)/,
        (_, zh: string, en: string) => `$choose(${texts.get(zh)}, ${texts.get(en)})`,
      )
    return { code: marked, map: null }
  },
}

/**
 * A browser is sent each file of script in one language: x.zh.js and x.en.js beside x.js, which is Chinese. In them
 * `$choose(zh, en)` is one of the two. The HTML names the language (src/hooks.server.ts).
 */
const oneLanguage: Plugin = {
  name: 'one-language',
  applyToEnvironment: ({ name }) => name === 'client',
  // After Vite has written which files a file brings along.
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const scripts = Object.values(bundle).filter((each) => each.type === 'chunk')
      const names = new RegExp(
        `(${scripts.map(({ fileName }) => fileName.split('/').at(-1)?.replace(/\.js$/, '')).join('|')})\\.js`,
        'g',
      )
      for (const chunk of scripts) {
        const ast = this.parse(chunk.code)
        for (const locale of ['en', 'zh'] as const) {
          const said = sayOnly(locale, chunk.code, ast)
          const fileName = chunk.fileName.replace(/\.js$/, `.${locale}.js`)
          this.emitFile({ type: 'asset', fileName, source: said.replace(names, `$1.${locale}.js`) })
          if (locale === 'zh') chunk.code = said
        }
      }
    },
  },
}

type Node = { type: string; start: number; end: number }
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value

function sayOnly(locale: 'zh' | 'en', code: string, ast: unknown): string {
  const said: { start: number; end: number; text: string }[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (!isNode(node)) return
    const { callee, arguments: given } = node as Node & { callee?: { name?: string }; arguments?: Node[] }
    if (node.type !== 'CallExpression' || callee?.name !== '$choose')
      return Object.values(node).forEach(visit)
    const text = given?.[locale === 'zh' ? 0 : 1]
    if (!text) throw new Error('A message has both languages')
    const isPlain = text.type === 'TemplateLiteral' || text.type === 'Literal'
    const say = `${isPlain ? '()=>' : ''}${code.slice(text.start, text.end)}`
    const isUsedAtOnce = /[(.?]/.test(code[node.end] ?? '')
    said.push({ start: node.start, end: node.end, text: isUsedAtOnce ? `(${say})` : say })
  }
  visit(ast)
  return said
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, { start, end, text }) => all.slice(0, start) + text + all.slice(end), code)
}

/** The compiler still says which slots a component fills, for components of an older kind; there are none. */
const noSlots: Plugin = {
  name: 'no-slots',
  enforce: 'post',
  transform(code, id) {
    if (!id.endsWith('.svelte')) return null
    const plain = code.replace(/,\s*\$\$slots: \{ default: true \}/g, '')
    return plain === code ? null : { code: plain, map: null }
  },
}

/** An icon is its paths, drawn by `.icon` in base.css; Lucide's own component works out attributes for each on each page. */
const plainIcons: Plugin = {
  name: 'plain-icons',
  enforce: 'pre',
  transform(code, id) {
    if (!/@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/.test(id)) return null
    const data = /const iconData = (\{.*\});/.exec(code)?.[1]
    if (data === undefined) throw new Error(`${id}: Lucide writes its icons in another way now`)
    const { node } = JSON.parse(data) as { node: [tag: string, attributes: Record<string, string>][] }
    const shapes = node.map(([tag, attributes]) => {
      const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`)
      return `<${tag} ${written.join(' ')} />`
    })
    return {
      code: `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes.join('')}</svg>`,
      map: null,
    }
  },
}

/** Vite's own also loads styles, of which a page has one file from its start, and reports what failed: 600 bytes more. */
const shortPreload: Plugin = {
  name: 'short-preload',
  enforce: 'pre',
  load(id) {
    if (id !== '\0vite/preload-helper.js') return null
    return `const asked = new Set()
export const __vitePreload = (load, files = [], from) => {
  for (const { href } of files.map((file) => new URL(file, from)))
    if (href.endsWith('.js') && !asked.has(href)) {
      asked.add(href)
      document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
    }
  return load()
}`
  },
}

/** The bundler puts its helper of 160 bytes in a file of its own, which costs each page a request: each user gets a copy. */
const inlineRuntime: Plugin = {
  name: 'inline-runtime',
  enforce: 'pre',
  applyToEnvironment: ({ name }) => name === 'client',
  generateBundle(_, bundle) {
    const chunksOfBundle = Object.values(bundle).filter((each) => each.type === 'chunk')
    const runtime = chunksOfBundle.find(
      ({ moduleIds }) => moduleIds.every((id) => id === '\0rolldown/runtime.js') && moduleIds.length > 0,
    )
    if (!runtime) throw new Error('The bundler has no file for its helper now')
    const file = runtime.fileName.split('/').at(-1) ?? ''
    const [, helper] = /^var (.*);export\{t\};\s*$/.exec(runtime.code) ?? []
    if (helper === undefined) throw new Error('The bundler writes its helper in another way now')
    for (const chunk of chunksOfBundle) {
      if (!chunk.imports.includes(runtime.fileName)) continue
      const use = new RegExp(`import\\{t as (\\w+)\\}from"[^"]*${file}";`)
      chunk.code = chunk.code.replace(
        use,
        (_all, name: string) => `var ${name}=(()=>{var ${helper};return t})();`,
      )
      chunk.imports = chunk.imports.filter((each) => each !== runtime.fileName)
    }
    delete bundle[runtime.fileName]
  },
}

/**
 * Kit keeps a page's own state in the history, whatever its type, and each page pays 2 kB for that. No page here has
 * such a state: it is always the empty one, and another is an error.
 */
const noPageState: Plugin = {
  name: 'no-page-state',
  applyToEnvironment: ({ name }) => name === 'client',
  transform(code, id) {
    if (!id.endsWith('@sveltejs/kit/src/runtime/app/internal/transport.js')) return null
    const kept = 'stringify = (data) => devalue.stringify(data, encoders);'
    if (!code.includes(kept)) throw new Error('Kit writes the state of a page in another way now')
    const empty = `stringify = (data) => {
      if (Object.keys(data).length > 0) throw new Error('A page here has no state of its own')
      return '[{}]'
    };`
    return { code: code.replace(kept, empty), map: null }
  },
}

const classes = new Map<string, string>()
/** The class of a component's own styles: short, because each element of it repeats it. */
function shortClass(filename: string, hash: string): string {
  const name = `s${hash.slice(0, 3)}`
  if ((classes.get(name) ?? filename) !== filename)
    throw new Error(`${filename} and ${classes.get(name)} would share the class ${name}: make it longer`)
  classes.set(name, filename)
  return name
}

export default defineConfig({
  plugins: [
    plainIcons,
    noSlots,
    noPageState,
    shortPreload,
    inlineRuntime,
    oneLanguage,
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['baseLocale'],
      emitTsDeclarations: true,
      // Also in development, whose default is one file a language: `short-messages` chooses the language.
      outputStructure: 'message-modules',
      disableAsyncLocalStorage: true,
    }),
    shortMessages,
    sveltekit({
      compilerOptions: {
        // Without it, what the old reactivity needs is in each page.
        runes: true,
        cssHash: ({ hash, filename }) => shortClass(filename, hash(filename)),
      },
      adapter: adapter({ out: process.env['PAGES_FOLDER'] ?? 'build' }),
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // Kit's route announcer carries one style attribute; this is its hash, nothing else is allowed.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'frame-ancestors': ['none'],
          // hooks.server.ts adds the identity provider: Chromium applies form-action to the redirects of a form.
          'form-action': ['self'],
        },
      },
    }),
  ],
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: chunks } } } } },
  },
  resolve: { alias: { $domain: room('../domain'), $contracts: room('../api/contracts') } },
  server: { fs: { allow: ['..'] } },
})
