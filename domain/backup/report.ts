import type { ContentType, DataType } from '../catalogue.ts'

/** One version of an issued backup: the as-issued snapshot, and what the report system is told (R37). */
export type Report = {
  name: string
  unit: { id: string; name: string }
  project: { id: string; name: string; leadName: string; leadEmail: string }
  custodian: { id: string; subject: string; name: string }
  contentTypes: readonly ContentType[]
  files: readonly {
    dataType: DataType
    repository: string
    accession: string
    depositorEmail: string
    sampleCount: number
    mbPerSample: string
  }[]
  sizeMb: string
}
