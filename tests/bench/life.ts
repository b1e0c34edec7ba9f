/** The manual's life: create, link, link, send the code, enter it, submit. Arms do it each in their own way. */
import type { Recorder } from './measures.ts'
import { signIn, type Visitor } from './client.ts'
import { dataSetsOf, leadOf, loginOf, people } from './world.ts'

/** What lives one life. */
export type Arm = {
  name: string
  /** Lives life number `n`, as person `n` modulo the number of people; keeps the time of each action. */
  live: (n: number, recorder: Recorder) => Promise<void>
  /** Resolves when everything that was submitted is acknowledged by the report system. */
  acknowledged: () => Promise<void>
  /** Ids of workflows that were lived, the last ones. */
  workflows: () => { namespace: string; ids: string[] }
}

export type Clicks = { visitor: Visitor; projectId: string }

/** All persons signed in, with a project each. */
export async function arrivePeople(url: string, suffix = ''): Promise<Clicks[]> {
  return await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      const visitor = await signIn(url, loginOf(person))
      const body = {
        name: `测量项目 ${person}${suffix}`,
        leadName: `负责人${person}`,
        leadEmail: leadOf(person),
        agreed: true,
      }
      const { id } = await visitor.command('POST', '/projects', body)
      return { visitor, projectId: String(id) }
    }),
  )
}

const fileOf = (set: { accession: string; account: string }, dataType: number) => ({
  dataType,
  sampleCount: 12,
  mbPerSample: '345.6',
  depositorEmail: set.account,
  accession: set.accession,
})

/** The draft of life number `n` with its two files; returns what later actions need. */
export async function openDraft({ visitor, projectId }: Clicks, n: number, recorder: Recorder) {
  const { own, other } = dataSetsOf(n)
  const newBackup = { name: `测量备份 ${n}`, contentTypes: ['wgs'] }
  const backup = await recorder.time('create', () =>
    visitor.command('POST', `/projects/${projectId}/backups`, newBackup),
  )
  const path = `/backups/${String(backup['id'])}`
  await recorder.time('link own file', () => visitor.command('POST', `${path}/files`, fileOf(own, 1)))
  const file = await recorder.time("link other's file", () =>
    visitor.command('POST', `${path}/files`, fileOf(other, 3)),
  )
  return { path, reference: String(backup['reference']), filePath: `${path}/files/${String(file['id'])}` }
}

export function productArm(control: string, persons: Clicks[]): Arm {
  const references: string[] = []
  const numbers: string[] = []
  return {
    name: 'product',
    async live(n, recorder) {
      const person = persons[n % people]!
      const { visitor } = person
      const { path, reference, filePath } = await openDraft(person, n, recorder)
      await recorder.time('send code', () => visitor.command('POST', `${filePath}/code`))
      const code = await readCode(control, dataSetsOf(n).other.account)
      await recorder.time('enter code', () => visitor.command('POST', `${filePath}/verification`, { code }))
      const issued = await recorder.time('submit', () => visitor.command('POST', `${path}/submission`))
      references.push(reference)
      numbers.push(String(issued['number']))
    },
    acknowledged: () => waitForReports(control, numbers),
    workflows: () => ({ namespace: 'hgrip', ids: references.slice(-20).map((each) => `backup-${each}`) }),
  }
}

/** The six digits of the newest mail to this address. */
export async function readCode(control: string, to: string): Promise<string> {
  const response = await fetch(`${control}/messages?to=${encodeURIComponent(to)}`)
  const [newest] = (await response.json()) as { text: string }[]
  const code = /(?<![\w.])\d{6}(?!\w)/.exec(newest?.text ?? '')?.[0]
  if (code === undefined) throw new Error(`No code came to ${to}`)
  return code
}

/** Waits until the report system holds all of these numbers. */
async function waitForReports(control: string, numbers: readonly string[]): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const reports = (await (await fetch(`${control}/report/backups`)).json()) as { number: string }[]
    const known = new Set(reports.map(({ number }) => number))
    if (numbers.every((number) => known.has(number))) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Not everything was acknowledged within a minute')
}
