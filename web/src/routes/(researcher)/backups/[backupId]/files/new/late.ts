/** What the form of a file needs once somebody uses it: loaded then, so that the page comes without it. */
import { checkAccession, normaliseAccession, type AccessionCheck } from '$domain/accessions.ts'
import type { DataType } from '$domain/catalogue.ts'
import { readRow, type SpreadsheetRow } from '$domain/spreadsheet-row.ts'
import { fillIn } from '#lib/forms/fill-in.ts'
import { listed } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'
import TotalSizeField from './TotalSize.svelte'

export const TotalSize = TotalSizeField

/** R19 */
export const plainAccession = (typed: string): string => normaliseAccession(typed)

type Judged = Exclude<AccessionCheck, { ok: true }> | { code: 'REQUIRED'; params: Record<never, never> }
/** What is wrong with an accession, as the API will say it (R19); nothing while the data type is not chosen. */
export function judgeAccession(dataType: DataType | undefined, accession: string): Judged | undefined {
  if (accession === '') return { code: 'REQUIRED', params: {} }
  const check = dataType && checkAccession(dataType, accession)
  return check && !check.ok ? check : undefined
}

export const tellNormalised = (accession: string): string => m.file_normalised({ accession })
export const tellSuggestion = (suggestion: string): string => m.file_use_suggestion({ suggestion })

type Name = keyof SpreadsheetRow
type Fields = {
  offered: readonly DataType[]
  labels: Record<Name, string>
  put: (name: Name, value: string) => void
}
/**
 * Puts a row into the fields, and says which. What is no row stands where it was pasted. Undefined when no cells were
 * pasted: then the browser does as always.
 */
export function pasteRow(event: ClipboardEvent, { offered, labels, put }: Fields): string | undefined {
  const text = event.clipboardData?.getData('text/plain') ?? ''
  if (!text.trim().includes('\t')) return undefined
  event.preventDefault()
  const input = event.target as HTMLInputElement
  const row = readRow(text, offered)
  const names = Object.keys(labels) as Name[] // it has no others
  const known = names.filter((name) => row?.[name] !== undefined)
  for (const name of known) put(name, String(row?.[name]))
  if (known.length > 0) return m.row_pasted({ fields: listed(known.map((name) => labels[name])) })
  fillIn(input, input.value + text.trim().replace(/\s+/g, ' '))
  return row ? m.row_pasted_none() : m.row_pasted_many()
}
