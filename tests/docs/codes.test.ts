/** docs/pages.md names every code that the API can answer, with its HTTP state. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, tree } from './sources.ts'

const section = (number: string): string =>
  readFileSync(join(root, 'docs/pages.md'), 'utf8')
    .split(/^(?=###? )/m)
    .find((part) => part.startsWith(`### ${number} `)) ?? ''
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(' | '))
const codesIn = (cell = ''): string[] => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code)

/** Found by name, so that a file may move. */
async function from<T>(folder: string, file: string): Promise<T> {
  const path = tree.find((each) => each.startsWith(`${folder}/`) && each.endsWith(`/${file}`)) ?? ''
  return (await import(join(root, path))) as T
}

describe('codes of refusals', () => {
  it('stand in docs/pages.md with their state', async () => {
    const { statusOf } = await from<{ statusOf: Record<string, number> }>('api', 'problems.ts')
    const said = new Map(
      rowsOf(section('2.12')).flatMap(([cell, states = '']) =>
        codesIn(cell).map((code, i) => [code, Number(states.split(', ')[i] ?? states.split(', ')[0])]),
      ),
    )
    const wrong = Object.entries(statusOf).filter(([code, status]) => said.get(code) !== status)
    expect(wrong).toEqual([])
  })

  it('of fields stand there too, and no others', async () => {
    const { validationCodes } = await from<{ validationCodes: readonly string[] }>('api', 'fields.ts')
    const said = rowsOf(section('2.3')).flatMap(([, cell]) => codesIn(cell))
    expect(said.sort()).toEqual([...validationCodes].sort())
  })
})
