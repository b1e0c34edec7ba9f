/** The report system (人遗系统): it is told every version of a numbered backup and files numbers. */
import { Hono } from 'hono'
import { z } from 'zod'
import { numberParts } from '../../domain/numbers.ts'
import type { Faults } from './faults.ts'
import { answerWith, bearer, type Env, fail, listen, type Listening } from './http.ts'
import { openJournal } from './journal.ts'

const report = z.object({
  version: z.number().int().positive(),
  name: z.string(),
  unit: z.unknown(),
  custodian: z.unknown(),
  files: z.number().int().nonnegative(),
  sizeMb: z.union([z.string(), z.number()]),
})
type Report = z.infer<typeof report>
type Received = Report & { number: string; at: string }

/** A backup as the report system knows it: its newest version, and every one that arrived, in order of arrival. */
type ReportedBackup = Received & { versions: Received[]; filings: string[] }

interface Filing {
  filingNumber: string
  numbers: string[]
  filedAt: string
  /** The product's answer; 0 when it could not be reached. */
  status: number
}

const NONSENSE = [
  '',
  'null',
  '<html>maintenance</html>',
  '{"version":"?"}',
  '{"version":999999}',
  '{"ok":true}',
  '{"ver',
]

export interface ReportSystemOptions {
  port: number
  token: string
  /** Folder of its records. */
  folder: string
  faults: Faults
  /** Where filing numbers are sent, and with which token. */
  filingsUrl: string
  filingsToken: string
}

export interface ReportSystem extends Listening {
  backups(): ReportedBackup[]
  filings(): readonly Filing[]
  /** Files the numbers and tells the product. */
  file(filingNumber: string, numbers: string[]): Promise<{ status: number; body: string }>
}

export async function startReportSystem(options: ReportSystemOptions): Promise<ReportSystem> {
  const received = openJournal<Received>(`${options.folder}/report-backups.jsonl`)
  const filings = openJournal<Filing>(`${options.folder}/report-filings.jsonl`)
  const app = new Hono<Env>()

  app.put('/backups/:number', bearer(options.token), async (c) => {
    const body = report.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400)
    const number = c.req.param('number')
    const trouble = options.faults.meet('report', number)
    const keep = () => received.add({ number, at: new Date().toISOString(), ...body.data })
    // A wrong answer is the bad case: it was kept, and the sender cannot know.
    if (trouble.mode === 'wrong') keep()
    const failed = await fail(c, trouble, NONSENSE)
    if (failed) return failed
    keep()
    return c.json({ version: body.data.version })
  })
  app.get('/backups', bearer(options.token), async (c) => {
    const day = z.iso.date().safeParse(c.req.query('day'))
    if (!day.success) return c.json({ error: 'day=2026-11-29' }, 400)
    const failed = await fail(c, options.faults.meet('report', day.data), NONSENSE)
    if (failed) return failed
    const numbers = [...new Set(received.entries.map(({ number }) => number))]
      .filter((number) => numberParts(number)?.day === day.data)
      .sort((a, b) => (numberParts(a)?.serial ?? 0) - (numberParts(b)?.serial ?? 0))
    return c.json({ day: day.data, last: numbers.at(-1) ?? null, numbers })
  })
  // Where a redirect leads: who follows it believes that everything was acknowledged.
  app.all('/elsewhere', (c) => c.json({ version: 999_999 }))

  const server = await listen(answerWith(app), options.port)
  return {
    port: server.port,
    backups: () => summarise(received.entries, filings.entries),
    filings: () => filings.entries,
    file: async (filingNumber, numbers) => {
      const filing = { filingNumber, numbers, filedAt: new Date().toISOString() }
      const answer = await tellProduct(options, filing)
      filings.add({ ...filing, status: answer.status })
      return answer
    },
    close: async () => {
      await server.close()
      received.close()
      filings.close()
    },
  }
}

function summarise(received: readonly Received[], filings: readonly Filing[]): ReportedBackup[] {
  const groups = Map.groupBy(received, (entry) => entry.number)
  return [...groups].map(([number, versions]) => ({
    ...versions.reduce((newest, entry) => (entry.version >= newest.version ? entry : newest)),
    versions,
    filings: filings.filter((filing) => filing.numbers.includes(number)).map((filing) => filing.filingNumber),
  }))
}

async function tellProduct(
  { filingsUrl, filingsToken }: ReportSystemOptions,
  filing: object,
): Promise<{ status: number; body: string }> {
  try {
    const response = await fetch(filingsUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${filingsToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(filing),
      signal: AbortSignal.timeout(10_000),
    })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) }
  }
}
