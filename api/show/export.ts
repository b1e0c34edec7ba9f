/** The managers' list as a file (R47). */
import { stringify } from 'csv-stringify/sync'
import writeXlsx from 'write-excel-file/node'
import type { ExportedBackup } from '../../db/lists/managed.ts'
import { maskName } from '../../domain/masks.ts'
import { beijingTime } from '../../domain/times.ts'
import { stageWords } from '../../domain/words/statuses.ts'
import { type Words, words } from '../../domain/words/words.ts'
import type { ExportFormat } from '../contracts/managed.ts'
import type { SentFile } from '../http/mount.ts'

type Language = keyof Words
const columns: [Words, (row: ExportedBackup, language: Language) => string | number][] = [
  [words('备份号', 'Backup number'), ({ number }) => number ?? ''],
  [words('备份名称', 'Backup name'), ({ name }) => name],
  [words('备案号', 'Filing number'), ({ filingNumbers }) => filingNumbers.join('; ')],
  [words('项目名称', 'Project name'), ({ projectName }) => projectName],
  [words('项目负责人', 'Project lead'), ({ leadName }) => maskName(leadName)],
  [words('委托人', 'Custodian'), ({ custodianName }) => maskName(custodianName)],
  [words('单位', 'Institution'), ({ unitName }) => unitName],
  [words('文件数', 'Files'), ({ files }) => files],
  [words('总数据量 (MB)', 'Total size (MB)'), ({ totalMb }) => Number(totalMb)],
  [words('状态', 'Status'), ({ stage }, language) => stageWords[stage][language]],
  [
    words('创建时间（北京时间）', 'Created (Beijing time)'),
    ({ createdAt }) => beijingTime(createdAt.getTime()),
  ],
]
const title = words('备份列表', 'Backups')

/** `now`: epoch ms, for the file's name. */
export async function exportFile(
  rows: readonly ExportedBackup[],
  { format, language, now }: { format: ExportFormat; language: Language; now: number },
): Promise<SentFile> {
  const heads = columns.map(([head]) => head[language])
  const cells = rows.map((row) => columns.map(([, valueOf]) => valueOf(row, language)))
  const at = beijingTime(now)
    .replace(/\D/g, '')
    .replace(/^(\d{8})/, '$1-')
  const name = `${title[language]}-${at}.${format}`
  return format === 'csv'
    ? { name, type: 'text/csv; charset=utf-8', content: csvOf([heads, ...cells]) }
    : { name, type: xlsx, content: await xlsxOf([heads, ...cells]) }
}

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** With a byte order mark, by which spreadsheets know UTF-8; a text that begins like a formula is kept from being one. */
const csvOf = (rows: (string | number)[][]): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(stringify(rows, { bom: true, record_delimiter: 'windows', escape_formulas: true }))

/** Cells have types here, so no text becomes a formula. */
async function xlsxOf([heads = [], ...rows]: (string | number)[][]): Promise<Uint8Array<ArrayBuffer>> {
  const sheet = [
    heads.map((value) => ({ value: String(value), type: String, fontWeight: 'bold' as const })),
    ...rows.map((row) =>
      row.map((value) => (typeof value === 'number' ? { value, type: Number } : { value, type: String })),
    ),
  ]
  return new Uint8Array(await writeXlsx(sheet, { stickyRowsCount: 1 }).toBuffer())
}
