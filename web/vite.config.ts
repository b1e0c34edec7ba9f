import { fileURLToPath } from 'node:url'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig, type Plugin } from 'vite'

const room = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * A page's script comes in few files: the framework, what pages share, the page's own. Each file costs a request, and
 * small ones compress badly. What only the page of a backup shows stays with that page.
 */
const chunks = [
  { name: 'styles', test: /\.css$|[?&]type=style/, priority: 3 },
  // Not Kit's entry and its payload: they run before the framework is evaluated.
  {
    name: 'framework',
    test: /node_modules\/(?!@lucide|@sveltejs\/kit\/src\/runtime\/client\/(entry|payload)\.js)|preload-helper|rolldown\/runtime/,
    priority: 2,
  },
  {
    name: 'shared',
    test: /^(?!.*lib\/(backup\/(?!MismatchHelp)|ui\/Pager))/,
    minShareCount: 2,
    priority: 1,
  },
]

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
    const plain = short.replace(/^import .*runtime\.js';$/m, '')
    return { code: `import { choose } from '${language}'\n${plain}`, map: null }
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
      code: `<script>const { class: look } = $props()</script>
<svg class={look} viewBox="0 0 24 24" aria-hidden="true">${shapes.join('')}</svg>`,
      map: null,
    }
  },
}

export default defineConfig({
  plugins: [
    plainIcons,
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['baseLocale'],
      emitTsDeclarations: true,
      disableAsyncLocalStorage: true,
    }),
    shortMessages,
    sveltekit({
      adapter: adapter({ out: 'build' }),
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
