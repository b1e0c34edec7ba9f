/** What the manual lists: content types, data types, and the repositories they are deposited in (R12, R14, R15). */

/** 涉及内容 (R12), in the manual's order. */
export const contentTypes = ['wgs', 'array', 'wes', 'targeted', 'epigenome', 'transcriptome'] as const
export type ContentType = (typeof contentTypes)[number]

/** 详细类型 (R15). */
export const dataTypes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const
export type DataType = (typeof dataTypes)[number]
/** The data type of a form or a request; undefined when the value is none. */
export const dataTypeOf = (given: unknown): DataType | undefined =>
  dataTypes.find((dataType) => dataType === Number(given))

export const repositories = ['GSA-Human', 'GWH', 'GVM', 'GenBase', 'OMIX'] as const
export type Repository = (typeof repositories)[number]

/** R15: the repository in which data of a type must be deposited. */
const repositoryOfType: Record<DataType, Repository> = {
  1: 'GSA-Human',
  2: 'GWH',
  3: 'GVM',
  4: 'GVM',
  5: 'GVM',
  6: 'GenBase',
  7: 'OMIX',
  8: 'OMIX',
  9: 'OMIX',
  10: 'OMIX',
}
export const repositoryOf = (dataType: DataType): Repository => repositoryOfType[dataType]
export const dataTypesOf = (repository: Repository): DataType[] =>
  dataTypes.filter((dataType) => repositoryOfType[dataType] === repository)

/** R14: the data types that a content type offers; the union counts. */
const offeredByContent: Record<ContentType, readonly DataType[]> = {
  wgs: [1, 2, 3, 5, 6, 9, 10],
  array: [4, 5, 7, 8, 9, 10],
  wes: [1, 3, 5, 6, 9, 10],
  targeted: [1, 3, 6, 9, 10],
  epigenome: [1, 9, 10],
  transcriptome: [1, 6, 9, 10],
}
/** The data types on offer for these content types, in the order 1–10 (R14). */
export const offeredDataTypes = (chosen: readonly ContentType[]): DataType[] =>
  dataTypes.filter((dataType) => chosen.some((content) => offeredByContent[content].includes(dataType)))

/** Address, service mailbox and QQ group as the manual prints them, and what an accession looks like. */
export const repositoryContacts: Record<
  Repository,
  { url: string; email: string; qqGroup: string; example: string }
> = {
  'GSA-Human': {
    url: 'https://ngdc.cncb.ac.cn/gsa-human/',
    email: 'gsa@big.ac.cn',
    qqGroup: '548170081',
    example: 'HRA000567',
  },
  GWH: {
    url: 'https://ngdc.cncb.ac.cn/gwh/',
    email: 'gwh@big.ac.cn',
    qqGroup: '183915274',
    example: 'GWHAAAA00000000',
  },
  GVM: {
    url: 'https://ngdc.cncb.ac.cn/gvm/',
    email: 'gvm@big.ac.cn',
    qqGroup: '468638108',
    example: 'GVM000324',
  },
  GenBase: {
    url: 'https://ngdc.cncb.ac.cn/genbase/',
    email: 'genbase@big.ac.cn',
    qqGroup: '629388189',
    example: 'C_AA004835.1',
  },
  OMIX: {
    url: 'https://ngdc.cncb.ac.cn/omix/',
    email: 'gsa@big.ac.cn',
    qqGroup: '516418530',
    example: 'OMIX001226',
  },
}
