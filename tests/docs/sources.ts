/** What of a file is said to people: a document as a whole, of code only comments and strings. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

export const root = join(import.meta.dirname, '../..')
export type Line = { path: string; line: number; text: string }

const skipped = new Set([
  'node_modules',
  '.git',
  '.svelte-kit',
  '.local',
  '.cache',
  'build',
  'dist',
  'paraglide',
  'project.inlang', // the compiler writes into it
])

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (skipped.has(entry.name)) return []
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : []
  })

/** Every file of the tree but what is installed or built. */
export const tree: readonly string[] = filesIn('.').sort()

/** Generated, recorded, or not ours. */
const unread =
  /(^|\/)(package-lock\.json|go\.(sum|mod)|LICENSE)$|^workflows\/bundle\.js|^tests\/(histories|docs)\/|\.(png|ico|svg|tsbuildinfo)$/

export const readLines = (): Line[] =>
  tree
    .filter((path) => !unread.test(path))
    .flatMap((path) => linesOf(path, readFileSync(join(root, path), 'utf8')))

export function linesOf(path: string, text: string): Line[] {
  const ranges = rangesOf(path, text)
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return ranges.flatMap(([from, to]) => {
    const first = starts.findLastIndex((start) => start <= from)
    return text
      .slice(from, to)
      .split('\n')
      .map((said, i) => ({ path, line: first + i + 1, text: said }))
  })
}

function rangesOf(path: string, text: string): [number, number][] {
  if (/\.(ts|mts|js|mjs)$/.test(path)) return rangesOfScript(path, text)
  if (path.endsWith('.svelte')) {
    const scriptForm = /<script[^>]*>([\s\S]*?)<\/script>/g
    const scripts = [...text.matchAll(scriptForm)].flatMap(({ index, 0: all, 1: code = '' }) => {
      const start = index + all.indexOf('>') + 1
      return rangesOfScript(`${path}.ts`, code).map(([a, b]): [number, number] => [start + a, start + b])
    })
    const rest = text.replace(scriptForm, (all) => all.replace(/[^\n]/g, ' '))
    return [...scripts, ...matches(rest, /<!--[\s\S]*?-->|\/\*[\s\S]*?\*\//g)]
  }
  if (/\.(css|go)$/.test(path)) return matches(text, /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm)
  if (/\.sql$/.test(path)) return matches(text, /--.*$/gm)
  if (/\.(md|html)$/.test(path)) return [[0, text.length]]
  if (path.endsWith('.json')) return path.startsWith('web/messages/') ? [[0, text.length]] : []
  return matches(text, /(?<=^|\s)#.*$/gm) // yml, Dockerfile, shell, dot files
}

const matches = (text: string, form: RegExp): [number, number][] =>
  [...text.matchAll(form)].map(({ index, 0: all }) => [index, index + all.length])

function rangesOfScript(path: string, text: string): [number, number][] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found = new Map<number, number>()
  const visit = (node: ts.Node): void => {
    const comments = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]
    for (const { pos, end } of comments) found.set(pos, end)
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      found.set(node.getStart(file), node.getEnd())
    for (const child of node.getChildren(file)) visit(child)
  }
  visit(file)
  return [...found].sort(([a], [b]) => a - b)
}
