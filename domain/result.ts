/** Expected failure is a value; a bug is thrown. */
export type Refusal = { ok: false; code: RefusalCode; params: Params }
export type Params = Readonly<
  Record<string, string | number | boolean | null | readonly string[] | readonly number[]>
>

/** Every refusal a person can meet; texts are in the web's catalogue, HTTP states in `api/http/problems.ts`. */
export const refusalCodes = [
  'ACCESSION_DUPLICATE',
  'ACCESSION_ELSEWHERE',
  'ACCESSION_FORM',
  'ACCESSION_NEAR_MISS',
  'ACCESSION_OTHER_REPOSITORY',
  'ACCESSION_SUBOBJECT',
  'ACCOUNT_ACCESSION_MISMATCH',
  'BACKUP_LOCKED',
  'CHECK_DAILY_LIMIT',
  'CODE_EXPIRED',
  'CODE_NOT_NEEDED',
  'CODE_NOT_SENT',
  'CODE_SEND_LIMIT',
  'CODE_TOO_SOON',
  'CODE_VOIDED',
  'CODE_WRONG',
  'CONTENT_TYPE_IN_USE',
  'DATA_TYPE_NOT_OFFERED',
  'EXPORT_TOO_LARGE',
  'FILE_CHECKING',
  'FILE_CODE_LOCKED',
  'FILES_NOT_READY',
  'IDEMPOTENCY_KEY_REUSED',
  'NO_FILES',
  'NOT_FOUND',
  'PROJECT_NAME_TAKEN',
  'RATE_LIMITED',
  'UNIT_LEFT',
  'UNIT_NOT_AUTHORISED',
  'VERSION_CONFLICT',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

export const refusal = (code: RefusalCode, params: Params = {}): Refusal => ({ ok: false, code, params })

/** Makes a forgotten case a compile error. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}
