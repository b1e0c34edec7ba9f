import type { z } from 'zod'
import type { LinkedFile, Work } from '../../db/files.ts'
import { fileStatus } from '../../domain/backup/state.ts'
import { resendAt, statusAt, triesLeft } from '../../domain/backup/consent.ts'
import { needsStaff } from '../../domain/backup/outside.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import type { Consent, File, Work as WorkContract } from '../contracts/files.ts'
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
  check: file.status === 'checking' ? showWork(file.work ?? begunAt(file.createdAt)) : null,
  mail: file.consent.status === 'sending' && file.work ? showWork(file.work) : null,
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

/** Its row is written a moment after the file's. */
const begunAt = (since: Date): Work => ({ since, tries: 0, cause: null, nextAt: null })

const showWork = ({ since, tries, cause, nextAt }: Work): z.input<typeof WorkContract> => ({
  since: since.toISOString(),
  tries,
  cause,
  needsStaff: needsStaff(cause),
  nextAt: nextAt?.toISOString() ?? null,
})
