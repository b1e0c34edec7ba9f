import type { z } from 'zod'
import type { LinkedFile } from '../../db/files.ts'
import { fileStatus } from '../../domain/backup/state.ts'
import { resendAt, statusAt, triesLeft } from '../../domain/backup/consent.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import type { Consent, File } from '../contracts/files.ts'
import { isoTime } from './times.ts'

export const showFile = (file: LinkedFile, now: number): z.input<typeof File> => ({
  id: file.id,
  dataType: file.dataType,
  repository: repositoryOf(file.dataType),
  sampleCount: file.sampleCount,
  mbPerSample: file.mbPerSample,
  depositorEmail: file.depositorEmail,
  accession: file.accession,
  status: fileStatus(file),
  consent: showConsent(file, now),
  check:
    file.status === 'checking'
      ? {
          since: (file.check?.since ?? file.createdAt).toISOString(),
          tries: file.check?.tries ?? 0,
          nextAt: file.check?.nextAt?.toISOString() ?? null,
        }
      : null,
  createdAt: file.createdAt.toISOString(),
})

function showConsent({ consent }: LinkedFile, now: number): z.input<typeof Consent> {
  const nextAt = resendAt(consent)
  return {
    status: statusAt(consent, now),
    sentAt: isoTime(consent.sentAt),
    expiresAt: isoTime(consent.expiresAt),
    resendAt: nextAt !== null && nextAt > now ? isoTime(nextAt) : null,
    triesLeft: triesLeft(consent, now),
    trouble: consent.trouble,
  }
}
