/** Time to the first byte of the pages that people open most, and what each asks the database. */
import type { Bench } from '../bench.ts'
import type { Visitor } from '../client.ts'
import { openDraft } from '../life.ts'
import { Recorder, table, timesOf, type Times } from '../measures.ts'
import { count, type Counted, listen } from '../statements.ts'
import { people } from '../world.ts'

const warmUps = 30
const crowd = 16

export type Asked = {
  path: string
  status: number
  bytes: number
  alone: Times
  crowded: Times | null
} & Counted

export async function measurePages(bench: Bench): Promise<Record<string, Asked>> {
  const { numbers, persons, say } = bench
  const n = numbers.take(0)
  const person = persons[n % people]!
  const { path } = await openDraft(person, n, new Recorder())
  const pages = {
    '/projects': '/projects',
    '/projects/{id}': `/projects/${person.projectId}`,
    '/backups/{id}, draft': path,
    'GET projects': '/api/v1/projects',
    'GET projects/{id}': `/api/v1/projects/${person.projectId}`,
    'GET projects/{id}/backups': `/api/v1/projects/${person.projectId}/backups`,
    'GET backups/{id}': `/api/v1${path}`,
    'GET backups/{id}/files': `/api/v1${path}/files`,
  }
  const asked = await askAll(bench, person.visitor, pages, { times: 200, crowdSeconds: 5 })
  say(showAsked(asked))
  return asked
}

/** Asks each path some times by one client, then for some seconds by a crowd; counts its statements. */
export async function askAll(
  { product, say }: Pick<Bench, 'product' | 'say'>,
  visitor: Visitor,
  paths: Record<string, string>,
  { times, crowdSeconds }: { times: number; crowdSeconds: number },
): Promise<Record<string, Asked>> {
  const asked: Record<string, Asked> = {}
  for (const [name, path] of Object.entries(paths)) {
    say(`asking ${name}`)
    const { status, bytes } = await visitor.read(path)
    for (let i = 0; i < warmUps; i++) await visitor.read(path)
    const alone: number[] = []
    for (let i = 0; i < times; i++) alone.push((await visitor.read(path)).ttfbMs)
    const crowded = crowdSeconds > 0 ? timesOf(await askTogether(visitor, path, crowdSeconds)) : null
    const counted = { statements: NaN, messages: NaN, byUser: {} }
    asked[name] = { path, status, bytes, alone: timesOf(alone), crowded, ...counted }
  }
  const log = await listen(product.databaseUrl('postgres'), product.postgresLog)
  try {
    for (const [name, path] of Object.entries(paths)) {
      const { statements } = await log.during(() => visitor.read(path))
      Object.assign(asked[name]!, count(statements.filter(({ user }) => user === 'hgrip_api')))
    }
  } finally {
    await log.stop()
  }
  return asked
}

async function askTogether(visitor: Visitor, path: string, seconds: number): Promise<number[]> {
  const end = performance.now() + seconds * 1000
  const seen: number[] = []
  const client = async () => {
    while (performance.now() < end) seen.push((await visitor.read(path)).ttfbMs)
  }
  await Promise.all(Array.from({ length: crowd }, client))
  return seen
}

export function showAsked(asked: Record<string, Asked>): string {
  return table(
    [
      'first byte, ms',
      'status',
      'kB',
      'p50',
      'p99',
      `p50 of ${crowd}`,
      `p99 of ${crowd}`,
      'statements',
      'messages',
    ],
    Object.entries(asked).map(([name, { status, bytes, alone, crowded, statements, messages }]) => [
      name,
      String(status),
      bytes / 1024,
      alone.p50,
      alone.p99,
      crowded?.p50 ?? '–',
      crowded?.p99 ?? '–',
      statements,
      messages,
    ]),
  )
}
