/** A row of a spreadsheet, as it is pasted: cells with tabs between them (P7). */
import { checkAccession } from './accessions.ts'
import { dataTypes, type DataType } from './catalogue.ts'
import { parseSamples, parseSize } from './sizes.ts'
import { comparable, halfWidth, isEmail } from './text.ts'
import { dataTypeWords } from './words/types.ts'

export type SpreadsheetRow = {
  dataType?: DataType
  sampleCount?: string
  mbPerSample?: string
  depositorEmail?: string
  accession?: string
}

/**
 * The fields that a row fills, whatever the order of its cells: each is known by what it holds, a data type by its name in
 * either language. Undefined for what is not one row. `offered`: the data types that the row may be of.
 */
export function readRow(text: string, offered: readonly DataType[] = dataTypes): SpreadsheetRow | undefined {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  const [line = ''] = lines
  if (lines.length !== 1 || !line.includes('\t')) return undefined
  const cells = line.split('\t').map(plainCell).filter(Boolean)
  const dataType = offered.find((each) => cells.some((cell) => isNameOf(each, cell)))
  const depositorEmail = cells.map(halfWidth).find(isEmail)
  const accession = cells.find((cell) => isAccession(cell, dataType ? [dataType] : offered))
  const numbers = cells.map((cell) => cell.replace(/\s*(例|MB(\s*\/\s*例)?)$/i, ''))
  // The samples stand before the size, and a number of the row before both. One number alone may be either.
  const [size, samples] = numbers.filter((cell) => parseSize(cell) !== undefined).reverse()
  const isPair = samples !== undefined && parseSamples(samples) !== undefined
  return {
    ...(dataType && { dataType }),
    ...(isPair && { sampleCount: samples, mbPerSample: size }),
    ...(depositorEmail && { depositorEmail }),
    ...(accession && { accession }),
  }
}

/** A spreadsheet puts a cell that holds a quotation mark or a line end in quotation marks. */
const plainCell = (cell: string): string => comparable(cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))

const isNameOf = (dataType: DataType, cell: string): boolean =>
  Object.values(dataTypeWords[dataType]).some((name) => name.toLowerCase() === cell.toLowerCase())

/** Also one that is refused, or of which another is meant: the form then says so. */
const isAccession = (cell: string, types: readonly DataType[]): boolean =>
  /^[A-Za-z].*\d/.test(cell) &&
  types.some((each) => {
    const check = checkAccession(each, cell)
    return check.ok || check.code !== 'ACCESSION_FORM'
  })
