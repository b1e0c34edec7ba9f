import { m } from '#lib/paraglide/messages.js'

const flashCodes = [
  'projectCreated',
  'backupAdded',
  'backupDiscarded',
  'saved',
  'fileDone',
  'filePending',
  'fileChecking',
  'fileSaved',
  'fileUnchanged',
  'fileRemoved',
  'codesSent',
] as const
export type Flash = {
  id: number
  code: (typeof flashCodes)[number]
  params?: Record<string, string>
  /** The row that is new or changed. */
  row?: string
}

export const isFlash = (value: unknown): value is Flash =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  flashCodes.some((code) => code === value.code)

export function flashText({ code, params = {} }: Flash): string {
  const accession = params.accession ?? ''
  switch (code) {
    case 'projectCreated':
      return m.toast_project_created()
    case 'backupAdded':
      return m.toast_backup_added()
    case 'backupDiscarded':
      return m.toast_backup_discarded()
    case 'saved':
      return m.toast_saved()
    case 'fileDone':
      return m.toast_file_done({ accession })
    case 'filePending':
      return m.toast_file_pending({ accession })
    case 'fileChecking':
      return m.toast_file_checking({ repository: params.repository ?? '' })
    case 'fileSaved':
      return m.toast_file_saved({ a: params.a ?? '', b: params.b ?? '' })
    case 'fileUnchanged':
      return m.edit_none()
    case 'fileRemoved':
      return m.toast_removed({ accession })
    case 'codesSent':
      return m.toast_codes_sent({ n: Number(params.n) })
  }
}
