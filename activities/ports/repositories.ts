/** Port to the national repositories: does this data set belong to this account? (R20) */
import { z } from 'zod'
import type { Repository } from '../../domain/catalogue.ts'
import { askOutside, readJson, Unavailable } from './outside.ts'

export type RepositoryLookup = (asked: {
  repository: Repository
  accession: string
  account: string
}) => Promise<'match' | 'mismatch'>

export const lookupTimeoutMs = 20_000

const LookupAnswer = z.object({
  answer: z.enum(['match', 'mismatch']),
  repository: z.string().optional(),
  accession: z.string().optional(),
})

/** Asks over HTTP. Only a well-formed answer about just this data set counts; anything else is Unavailable. */
export const repositoryLookup =
  (url: string, token: string): RepositoryLookup =>
  async (asked) => {
    const response = await askOutside({
      who: asked.repository,
      url: `${url.replace(/\/$/, '')}/lookup`,
      init: {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      },
      timeoutMs: lookupTimeoutMs,
      hide: [asked.account, token],
    })
    const answer = LookupAnswer.safeParse(await readJson(asked.repository, response))
    if (!answer.success) throw new Unavailable('malformed', `${asked.repository} answers nonsense`)
    const about = answer.data
    if (
      (about.repository ?? asked.repository) !== asked.repository ||
      (about.accession ?? asked.accession) !== asked.accession
    )
      throw new Unavailable('other-subject', `${asked.repository} answers for another data set`)
    return about.answer
  }
