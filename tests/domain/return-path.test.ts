import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { returnPath } from '../../domain/return-path.ts'

describe('a return address is a path of this site', () => {
  it.each([
    ['/projects?page=2#top', '/projects?page=2#top'],
    ['/projects?q=%E8%82%BA', '/projects?q=%E8%82%BA'],
    ['/中?q=肺癌', '/%E4%B8%AD?q=%E8%82%BA%E7%99%8C'],
    ['/a/../b', '/b'],
  ])('%s → %s', (to, path) => {
    expect(returnPath(to)).toBe(path)
  })
  it.each([
    ...['', undefined, null, 'projects', 'https://evil.example/', '//evil.example', '/\\evil.example'],
    ...[
      '/..//evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
    ],
    ...['/\u0001', '/\u007f', '/a\u0000b', '/a%00b', '/%01', '/a%0d%0aset-cookie:%20a=b', '/a%7f', '/a b'],
    ...['/%E0%A4%A', '/%ff', '/%', '/\ud800', `/${'a'.repeat(2_000)}`],
  ])('%j leads to the first page', (to) => {
    expect(returnPath(to)).toBe('')
  })
  it('fits into a header, and stays on the site, whatever is asked for', () => {
    const unit = fc.constantFrom(...'/\\.:@?#%0aA中\u0001 \t\u2028\ud800é')
    fc.assert(
      fc.property(fc.string({ unit }), (to) => {
        const path = returnPath(`/${to}`)
        expect(path).toMatch(/^(\/(?![/\\])[!-~]*)?$/)
        expect(returnPath(path)).toBe(path)
      }),
    )
  })
})
