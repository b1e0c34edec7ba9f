/** Reads in a database as full as the country's: the person with most projects, one with 300, and usual people. */
import type { Bench } from '../bench.ts'
import { generate, sizesFor } from './generate.ts'
import { type Asked, askAll, showAsked } from './pages.ts'

const times = 200

export type ReadsResult = Record<string, Record<string, Asked>>

export async function measureReads(bench: Bench): Promise<ReadsResult> {
  const { options, persons, product, say } = bench
  const sizes = sizesFor(options.rows)
  const accountOf = async (person: number): Promise<string> => {
    const { text } = await persons[person]!.visitor.read('/api/v1/session')
    return (JSON.parse(text) as { account: { id: string } }).account.id
  }
  const share = options.rows / 1_000_000
  const heavy = [
    { name: 'most projects', person: 0, projects: Math.max(Math.round(1_400 * share), 30) },
    { name: '300 projects', person: 1, projects: Math.max(Math.round(300 * share), 20) },
    { name: '10 projects', person: 2, projects: 10 },
  ]
  const owners = []
  for (const { person, projects } of heavy) owners.push({ accountId: await accountOf(person), projects })
  say(`filling the database: ${JSON.stringify(sizes)}`)
  await generate(product.databaseUrl('hgrip'), sizes, owners, say)
  const result: ReadsResult = {}
  for (const { name, person } of heavy) {
    const { visitor } = persons[person]!
    const items = async (path: string) =>
      (JSON.parse((await visitor.read(path)).text) as { items: { id: string }[] }).items
    const [p, b] = await firstWithBackups(items)
    const paths = {
      'GET session': '/api/v1/session',
      'GET projects': '/api/v1/projects',
      'GET projects?q=': `/api/v1/projects?q=${encodeURIComponent('项目 1')}`,
      'GET projects/{id}': `/api/v1/projects/${p}`,
      'GET projects/{id}/backups': `/api/v1/projects/${p}/backups`,
      'GET backups (drafts)': '/api/v1/backups',
      'GET backups/{id}': `/api/v1/backups/${b}`,
      'GET backups/{id}/files': `/api/v1/backups/${b}/files`,
      'GET backups/{id}/timeline': `/api/v1/backups/${b}/timeline`,
      'GET backups/{id}/submission': `/api/v1/backups/${b}/submission`,
      '/projects': '/projects',
      '/projects/{id}': `/projects/${p}`,
      '/backups/{id}': `/backups/${b}`,
    }
    say(`\n${name}`)
    result[name] = await askAll({ product, say: () => undefined }, visitor, paths, { times, crowdSeconds: 0 })
    say(showAsked(result[name]))
  }
  return result
}

/** The newest of the person's projects that has backups, and its newest one. */
async function firstWithBackups(
  items: (path: string) => Promise<{ id: string }[]>,
): Promise<[project: string, backup: string]> {
  for (const project of await items('/api/v1/projects')) {
    const [backup] = await items(`/api/v1/projects/${project.id}/backups`)
    if (backup) return [project.id, backup.id]
  }
  throw new Error('There is no project with backups')
}
