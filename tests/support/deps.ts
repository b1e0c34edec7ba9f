/** What an activity needs, with an outside world that the test answers for. */
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { createAttempts } from '../../activities/attempts/attempt.ts'
import type { Deps } from '../../activities/deps.ts'
import type { Letter } from '../../activities/ports/mail.ts'
import { Unavailable } from '../../activities/ports/outside.ts'
import { keyring } from '../../runtime/keys.ts'
import type { TestDatabase } from './database.ts'

type Outside = Pick<Deps, 'repositories' | 'reportSystem'> & { mailer: Deps['mailer']['send'] }
export const isDown = (): never => {
  throw new Unavailable('refused', 'It is down')
}

/** Everything outside answers yes at once, unless `answers` says otherwise; it may be changed at any time. */
export function createDeps(database: TestDatabase, given: Partial<Outside> = {}) {
  const log = pino({ level: 'silent' })
  const answers: Outside = {
    repositories: () => Promise.resolve('match'),
    mailer: () => Promise.resolve({ accepted: true }),
    reportSystem: () => Promise.resolve(),
    ...given,
  }
  /** What was asked, in order. */
  const asked = { lookups: [] as string[], letters: [] as Letter[], reports: [] as string[] }
  const attempts = createAttempts(database.db, database.url('hgrip_worker'), log)
  const deps: Deps = {
    db: database.db,
    codeKeys: keyring(`test:${randomBytes(32).toString('base64')}`),
    publicUrl: 'http://localhost:4000',
    attempts,
    log,
    tellTrouble: () => Promise.resolve(),
    repositories: async (question) => {
      asked.lookups.push(question.accession)
      return answers.repositories(question)
    },
    mailer: {
      send: async (letter) => {
        asked.letters.push(letter)
        return answers.mailer(letter)
      },
      close: () => undefined,
    },
    reportSystem: async (number, version, report) => {
      asked.reports.push(`${number}/${version}`)
      await answers.reportSystem(number, version, report)
    },
  }
  return { deps, answers, asked, close: () => attempts.close() }
}
