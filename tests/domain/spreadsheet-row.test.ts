import { describe, expect, it } from 'vitest'
import { readRow } from '../../domain/spreadsheet-row.ts'

const whole = {
  dataType: 1,
  sampleCount: '1,200',
  mbPerSample: '4096.5',
  depositorEmail: 'a@example.cn',
  accession: 'HRA000567',
}

describe('P7 a pasted row of a spreadsheet', () => {
  it.each([
    ['组学原始测序数据\t1,200\t4096.5\ta@example.cn\tHRA000567', 'in the order of the form'],
    [
      '1\t组学原始测序数据\t1,200\t4096.5\tHRA000567\ta@example.cn\r\n',
      'with its number, as the list of files has it',
    ],
    ['HRA000567\ta@example.cn\traw omics sequencing data\t1,200\t4096.5', 'in another order and language'],
    [
      '"组学原始测序数据"\t１，２００ 例\t4096.5 MB/例\tａ@example.cn\tHRA000567',
      'with units and full width',
    ],
  ])('%j: %s', (text) => {
    expect(readRow(text)).toEqual(whole)
  })
  it.each([
    ['HRA000567\ta@example.cn', { accession: 'HRA000567', depositorEmail: 'a@example.cn' }],
    // One number may be either.
    ['300\tHRA000567', { accession: 'HRA000567' }],
    ['4096.5\t300.5\tHRA000567', { accession: 'HRA000567' }],
    // What is wrong is left to the form.
    ['HRR000123\t10\t20', { accession: 'HRR000123', sampleCount: '10', mbPerSample: '20' }],
    ['OMX001226\t10\t20', { accession: 'OMX001226', sampleCount: '10', mbPerSample: '20' }],
    ['Batch 2\t第一批\t备注', {}],
    ['a\tb', {}],
  ])('%j fills what it holds', (text, row) => {
    expect(readRow(text)).toEqual(row)
  })
  it.each(['', 'HRA000567', 'HRA000567\n', '示例 项目', 'HRA000567\t1\t2\nHRA000568\t1\t2', '\n\n'])(
    '%j is none',
    (text) => {
      expect(readRow(text)).toBeUndefined()
    },
  )
  it('is only of a data type that is offered', () => {
    expect(readRow('组学原始测序数据\t10\t20\tOMIX001226', [7])).toEqual({
      sampleCount: '10',
      mbPerSample: '20',
      accession: 'OMIX001226',
    })
  })
})
