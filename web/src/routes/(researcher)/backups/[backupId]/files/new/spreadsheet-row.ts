import { dataTypes, type DataType } from '$domain/catalogue.ts'
import { parseSize } from '$domain/sizes.ts'
import { isEmail, tidy } from '$domain/text.ts'

export type Row = {
  dataType?: DataType
  sampleCount?: string
  mbPerSample?: string
  depositorEmail?: string
  accession?: string
}

/**
 * A row of a spreadsheet as the fields it fills: cells are known by what they hold. `labelOf`: how a data type is called.
 */
export function rowOf(text: string, labelOf: (dataType: DataType) => string): Row {
  const cells = text.trim().split('\t').map(tidy).filter(Boolean)
  const dataType = dataTypes.find((each) => cells.includes(labelOf(each)))
  const depositorEmail = cells.find(isEmail)
  const accession = cells.find((cell) => /^[A-Za-z_]+\d[\w.]*$/.test(cell))
  // With a number of the row in front there are three.
  const [mbPerSample, sampleCount] = cells.filter((cell) => parseSize(cell) !== undefined).reverse()
  return {
    ...(dataType && { dataType }),
    ...(sampleCount && { sampleCount }),
    ...(mbPerSample && { mbPerSample }),
    ...(depositorEmail && { depositorEmail }),
    ...(accession && { accession }),
  }
}
