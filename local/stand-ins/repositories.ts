/** The national repositories: is this the account that deposited this data set? */
import { Hono } from 'hono'
import { z } from 'zod'
import { repositories } from '../../domain/catalogue.ts'
import type { DataSet, World } from '../world.ts'
import type { Faults, Trouble } from './faults.ts'
import { answerWith, bearer, type Env, fail, listen, type Listening } from './http.ts'
import { type Journal, openJournal } from './journal.ts'

const question = z.object({ repository: z.enum(repositories), accession: z.string(), account: z.string() })
type Question = z.infer<typeof question>

export interface Lookup extends Question {
  at: string
  mode: Trouble
  /** Null when the question got no proper answer. */
  answer: 'match' | 'mismatch' | null
}

const NONSENSE = [
  '',
  'null',
  '<html>maintenance</html>',
  '{"answer":"perhaps"}',
  '{"answer":["match"]}',
  '{"ans',
  '{"match":true}',
]

export interface RepositoriesOptions {
  port: number
  token: string
  journal: string
  world: World
  faults: Faults
}

export interface Repositories extends Listening {
  lookups: Journal<Lookup>
}

export async function startRepositories(options: RepositoriesOptions): Promise<Repositories> {
  const lookups = openJournal<Lookup>(options.journal)
  const app = new Hono<Env>()
  app.post('/lookup', bearer(options.token), async (c) => {
    const asked = question.safeParse(await c.req.json().catch(() => undefined))
    if (!asked.success) return c.json({ error: z.prettifyError(asked.error) }, 400)
    const trouble = options.faults.meet(asked.data.repository, asked.data.accession)
    const record = (answer: Lookup['answer']) =>
      lookups.add({ at: new Date().toISOString(), ...asked.data, mode: trouble.mode, answer })
    const answerNow = () => (owns(options.world.dataSets(), asked.data) ? 'match' : 'mismatch')
    const { mode, about } = trouble
    const failed =
      mode === 'wrong' && about ? c.json({ answer: answerNow(), ...about }) : await fail(c, trouble, NONSENSE)
    if (failed) {
      record(null)
      return failed
    }
    const answer = answerNow()
    record(answer)
    return c.json({ answer })
  })
  // Where a redirect leads: who follows it with the question is lied to.
  app.all('/elsewhere', (c) => c.json({ answer: 'mismatch' }))
  const server = await listen(answerWith(app), options.port)
  return {
    lookups,
    port: server.port,
    close: async () => {
      await server.close()
      lookups.close()
    },
  }
}

/** An accession without a version means any version of it. */
function owns(dataSets: DataSet[], { repository, accession, account }: Question): boolean {
  return dataSets.some(
    (known) =>
      known.repository === repository &&
      known.account.toLowerCase() === account.toLowerCase() &&
      sameAccession(known.accession, accession),
  )
}

function sameAccession(known: string, asked: string): boolean {
  const [a, b] = [known.toUpperCase(), asked.toUpperCase()]
  return a === b || withoutVersion(a) === b || withoutVersion(b) === a
}

const withoutVersion = (accession: string): string => accession.replace(/\.\d+$/, '')
