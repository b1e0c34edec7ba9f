/** The one name of each thing that a code stands for (UX §2.5, §2.6). */
import type { Wait } from '$domain/backup/state.ts'
import type { ContentType, DataType } from '$domain/catalogue.ts'
import type { SubObject } from '$domain/accessions.ts'
import type { Role } from '$contracts/contract.ts'
import type { File } from '$contracts/files.ts'
import { isEnglish } from '#lib/words/language.ts'
import { m } from '#lib/paraglide/messages.js'

export const listed = (items: readonly string[]): string => items.join(m.list_separator())

/** A label inside a sentence: English ones lose their capital (`Enter project name`). */
export const inSentence = (label: string): string =>
  isEnglish() && !/^[A-Z]{2}/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label

export function contentLabel(content: ContentType): string {
  switch (content) {
    case 'wgs':
      return m.content_wgs()
    case 'array':
      return m.content_array()
    case 'wes':
      return m.content_wes()
    case 'targeted':
      return m.content_targeted()
    case 'epigenome':
      return m.content_epigenome()
    case 'transcriptome':
      return m.content_transcriptome()
  }
}
export const contentList = (chosen: readonly ContentType[]): string => listed(chosen.map(contentLabel))

const dataTypeTexts: Record<DataType, () => string> = {
  1: m.data_type_1,
  2: m.data_type_2,
  3: m.data_type_3,
  4: m.data_type_4,
  5: m.data_type_5,
  6: m.data_type_6,
  7: m.data_type_7,
  8: m.data_type_8,
  9: m.data_type_9,
  10: m.data_type_10,
}
export const dataTypeLabel = (dataType: number): string => dataTypeTexts[dataType as DataType]()

export function amountLabel(field: 'sampleCount' | 'mbPerSample'): string {
  switch (field) {
    case 'sampleCount':
      return m.label_samples()
    case 'mbPerSample':
      return m.label_mb_per_sample()
  }
}

export function partLabel(part: SubObject): string {
  switch (part) {
    case 'sample':
      return m.part_sample()
    case 'experiment':
      return m.part_experiment()
    case 'run':
      return m.part_run()
    case 'file':
      return m.part_file()
  }
}

export function roleLabel(role: Role): string {
  switch (role) {
    case 'researcher':
      return m.role_researcher()
    case 'unit_admin':
      return m.role_unit_admin()
    case 'legal_entity':
      return m.role_legal_entity()
    case 'operator':
      return m.role_operator()
  }
}

export function waitLabel(wait: Wait): string {
  switch (wait) {
    case 'staff':
      return m.wait_staff()
    case 'researcher':
      return m.wait_researcher()
    case 'depositor':
      return m.wait_depositor()
    case 'repository':
      return m.wait_repository()
    case 'mail':
      return m.wait_mail()
    case 'report-system':
      return m.wait_report_system()
    case 'ready':
      return m.wait_ready()
  }
}

export function statusLabel(status: File['status']): string {
  switch (status) {
    case 'checking':
      return m.status_checking()
    case 'mismatch':
      return m.status_mismatch()
    case 'pending':
      return m.status_pending()
    case 'done':
      return m.status_done()
    case 'refused':
      return m.status_refused()
    case 'revoked':
      return m.status_revoked()
    case 'locked':
      return m.status_locked()
  }
}

/** The line below a file's tag: whom it waits for; '' once it is 完成. */
export function fileWaitLabel(file: Pick<File, 'status' | 'consent' | 'repository'>): string {
  switch (file.status) {
    case 'done':
      return ''
    case 'checking':
      return m.wait_repository_named({ repository: file.repository })
    case 'locked':
      return m.wait_staff()
    case 'mismatch':
    case 'refused':
    case 'revoked':
      return m.wait_researcher()
    case 'pending':
      return consentLabel(file.consent.status)
  }
}

function consentLabel(status: File['consent']['status']): string {
  switch (status) {
    case 'unsent':
      return m.consent_unsent()
    case 'sending':
      return m.wait_mail()
    case 'sent':
      return m.wait_depositor_file()
    case 'undelivered':
      return m.consent_undelivered()
    case 'expired':
      return m.consent_expired()
    case 'voided':
      return m.consent_voided()
  }
}

export function troubleLabel(trouble: File['consent']['trouble']): string {
  switch (trouble) {
    case 'no-such-address':
      return m.trouble_address()
    case 'rejected':
      return m.trouble_rejected()
    case 'not-accepted':
      return m.trouble_not_accepted()
    case null:
      return m.trouble_unknown()
  }
}
