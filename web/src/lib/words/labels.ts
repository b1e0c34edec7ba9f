/** The one name of each thing that a code stands for. */
import type { Backup } from '$domain/backup/state.ts'
import type { Wait } from '$domain/backup/waits.ts'
import { roleWords } from '$domain/words/roles.ts'
import { stageWords, statusWords } from '$domain/words/statuses.ts'
import { contentWords, dataTypeWords, partWords } from '$domain/words/types.ts'
import { waitWords } from '$domain/words/waits.ts'
import type { Words } from '$domain/words/words.ts'
import type { ContentType, DataType } from '$domain/catalogue.ts'
import type { SubObject } from '$domain/accessions.ts'
import type { Role } from '$domain/accounts.ts'
import type { File } from '$contracts/files.ts'
import { isEnglish } from '#lib/words/language.ts'
import { m } from '#lib/paraglide/messages.js'

export const listed = (items: readonly string[]): string => items.join(m.list_separator())

/** A label inside a sentence: English ones lose their capital (`Enter the project name`). */
export const inSentence = (label: string): string =>
  isEnglish() && !/^[A-Z]{2}/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label

/** In the reader's language. */
export const said = ({ zh, en }: Words): string => (isEnglish() ? en : zh)

export const contentLabel = (content: ContentType): string => said(contentWords[content])
export const contentList = (chosen: readonly ContentType[]): string => listed(chosen.map(contentLabel))
export const dataTypeLabel = (dataType: DataType): string => said(dataTypeWords[dataType])
export const partLabel = (part: SubObject): string => said(partWords[part])
export const roleLabel = (role: Role): string => said(roleWords[role])
export const stageLabel = (stage: Backup['stage']): string => said(stageWords[stage])
export const statusLabel = (status: File['status']): string => said(statusWords[status])
export const waitLabel = (wait: Wait): string => said(waitWords[wait])

export function amountLabel(field: 'sampleCount' | 'mbPerSample'): string {
  switch (field) {
    case 'sampleCount':
      return m.label_samples()
    case 'mbPerSample':
      return m.label_mb_per_sample()
  }
}
