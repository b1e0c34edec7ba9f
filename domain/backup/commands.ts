/** What people and the outside world say to a backup; `decide.ts` answers. */
import type { ContentType, DataType } from '../catalogue.ts'
import type { MailTrouble } from './consent.ts'

export type RepositoryAnswer = 'match' | 'mismatch'

/** A person's command; only the custodian may give it (anyone else: NOT_FOUND). */
export type PersonCommand =
  | {
      type: 'editBackup'
      name: string
      contentTypes: readonly ContentType[]
      /** What the form was filled with: a field that another person changed since then is a conflict. */
      base?: { name?: string | undefined; contentTypes?: readonly ContentType[] | undefined } | undefined
    }
  | { type: 'discard' }
  | LinkFile
  | EditFile
  | { type: 'removeFile'; fileId: string }
  | { type: 'sendCode'; fileId: string }
  /** `proof`: an HMAC of what was typed, never the code itself (R31). */
  | { type: 'enterCode'; fileId: string; proof: string }
  | { type: 'submit' }
export type LinkFile = {
  type: 'linkFile'
  fileId: string
  dataType: DataType
  sampleCount: number
  mbPerSample: string
  depositorEmail: string
  accession: string
  confirmDuplicate?: boolean | undefined
  /** A 校验失败 row that this one takes the place of (R21). */
  replaces?: string | undefined
}
export type EditFile = {
  type: 'editFile'
  fileId: string
  sampleCount: number
  mbPerSample: string
  base?: { sampleCount?: number | undefined; mbPerSample?: string | undefined } | undefined
  /** Why, for an amendment (R35). */
  note?: string | undefined
}
/** What the workflow itself reports: answers of the outside world, and time. */
export type OwnCommand =
  | { type: 'recordCheck'; fileId: string; answer: RepositoryAnswer }
  | { type: 'recordAcceptance'; fileId: string; generation: number }
  | {
      type: 'recordUndelivered'
      fileId: string
      generation: number
      trouble: MailTrouble
      smtpCode?: string | undefined
    }
  | { type: 'recordSync'; version: number }
  | { type: 'expire' }
export type Command = PersonCommand | OwnCommand

export type CommandType = Command['type']
export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>
