/** docs/design-system.md says of colours what tokens.css says, and its contrasts are computed (R55). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, tree } from './sources.ts'

const text = readFileSync(join(root, 'docs/design-system.md'), 'utf8')
const css = tree
  .filter((path) => path.endsWith('/tokens.css'))
  .map((path) => readFileSync(join(root, path), 'utf8'))
const colours = new Map(
  [...css.join('\n').matchAll(/(--color-[\w-]+):\s*(#[0-9a-f]{6})\b/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
)
const rows = [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(' | '))

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
const valueOf = (cell: string): string => colours.get(cell.replaceAll('`', '')) ?? cell

describe('R55 the design system', () => {
  it('names every colour with its value', () => {
    const said = rows
      .filter(([names = '']) => names.startsWith('`--color-'))
      .filter(([, value = '']) => value.startsWith('#') && !value.startsWith('#ffffff'))
      .flatMap(([names = '', values = '']) =>
        names.split(', ').map((name, i) => [name.replaceAll('`', ''), values.split(', ')[i]] as const),
      )
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(colours))
  })

  it('has no global styles but tokens and base: a component owns what it wears', () => {
    const styles = tree.filter((path) => path.startsWith('web/src/') && path.endsWith('.css'))
    expect(styles.toSorted()).toEqual([
      'web/src/app.css',
      'web/src/styles/base.css',
      'web/src/styles/tokens.css',
    ])
    const app = readFileSync(join(root, 'web/src/app.css'), 'utf8')
    expect(
      app.split('\n').filter((line) => line !== '' && !/^(@import|@layer base;|\/\*)/.test(line)),
    ).toEqual([])
    const base = readFileSync(join(root, 'web/src/styles/base.css'), 'utf8')
    const classes = new Set([...base.matchAll(/(?<![\d'])\.([a-z][a-z-]+)/g)].map(([, name]) => name))
    expect([...classes].toSorted()).toEqual([
      'header',
      'icon',
      'meta',
      'mono',
      'nowrap',
      'quiet',
      'skip',
      'visually-hidden',
    ])
  })

  const pairs = rows.flatMap(([one = '', other = '', ratio = '']) =>
    /^\d+\.\d\d$/.test(ratio) ? [{ one, other, ratio: Number(ratio) }] : [],
  )
  it('has pairs', () => expect(pairs.length).toBeGreaterThan(20))
  it.each(pairs)('$one on $other has $ratio', ({ one, other, ratio }) => {
    expect(Math.floor(contrast(valueOf(one), valueOf(other)) * 100) / 100).toBe(ratio)
    const isText = !/control|line|focus/.test(one)
    expect(ratio).toBeGreaterThanOrEqual(isText ? 4.5 : 3)
  })
})
