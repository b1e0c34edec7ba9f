/** A random life under random faults: the seed decides what people do and what breaks. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTemporalServer, TIME_SKIPPING_ARGS } from '../../local/temporal.ts'
import { startProduct, type Product } from '../support/product.ts'
import { check } from './checker.ts'
import { newJournal, signIn, type Journal } from './clients.ts'
import type { Absence, Evidence, Happening } from './evidence.ts'
import { gather, runningWorkflows } from './gather.ts'
import { act, lookAtEverything, type Known, type Person, type Stage } from './people.ts'
import { randomFrom } from './random.ts'
import type { Violation } from './reading.ts'
import { everythingOn, makeTrouble, passPauses, waitFor } from './trouble.ts'
import { type FaultWorld, writeWorld } from './world.ts'

export type WalkOptions = {
  seed: number
  seconds: number
  people?: number
  tabs?: number
  say?: (line: string) => void
}
export type Walked = { violations: Violation[]; evidence: Evidence; counts: Record<string, number> }

const restWithinMs = 90_000

/** Starts a product of its own in a world of its own; `stop` ends both. */
export async function startWorld(people: number) {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-faults-'))
  const world = writeWorld(folder, people)
  const env = {
    WORLD_DIR: folder,
    TEMPORAL_CLI: await serverThatSkipsTime(folder),
    ACCOUNTS_POLL_SECONDS: '3',
  }
  const product = await startProduct({ env, twins: true })
  const stop = async () => {
    await product.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { product, world, stop }
}

/** The server of `npm start`, with one more flag. */
async function serverThatSkipsTime(folder: string): Promise<string> {
  const server = await findTemporalServer(() => undefined)
  if ('address' in server) throw new Error('TEMPORAL_ADDRESS must not be set')
  const program = join(folder, 'temporal')
  const flags = TIME_SKIPPING_ARGS.join(' ')
  writeFileSync(program, `#!/bin/sh\n[ "$1" = server ] && set -- "$@" ${flags}\nexec '${server.path}' "$@"\n`)
  chmodSync(program, 0o755)
  return program
}

/** Lets people and faults loose on a product of its own, waits for rest, and judges. */
export async function walk(options: WalkOptions): Promise<Walked> {
  const { product, world, stop } = await startWorld(options.people ?? 4)
  try {
    return await walkOn(product, world, options)
  } finally {
    await stop()
  }
}

export async function walkOn(
  product: Product,
  world: FaultWorld,
  { seed, seconds, tabs = 2, say = () => undefined }: WalkOptions,
): Promise<Walked> {
  const random = randomFrom(seed)
  const journal = newJournal()
  const counts: Record<string, number> = {}
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1)
  const persons: Person[] = []
  for (const { login, subject, unit } of world.people) {
    const visit = await signIn(product, journal, login, randomFrom(random.int(2 ** 31)))
    const place = { backups: new Map<string, Known>(), projects: [], sent: [], serial: 0 }
    persons.push({ login, subject, unit, visit, ...place })
  }
  await product.ready()
  const until = Date.now() + seconds * 1000
  const happened: Happening[] = []
  const disabled: Absence[] = []
  const changing = new Set<Person>()
  const stage: Stage = { product, world, persons, until, count, happened, disabled, changing }
  const actors = persons.flatMap((person) =>
    Array.from({ length: tabs }, (_, tab) =>
      act(stage, person, person.visit.open(tab), randomFrom(random.int(2 ** 31))),
    ),
  )
  const trouble = makeTrouble(stage, randomFrom(random.int(2 ** 31)), say)
  await Promise.all([...actors, trouble])
  await everythingOn(product, happened)
  say('everything is on again')
  const settledMs = await rest(product, happened)
  say(`at rest after ${settledMs ?? 'more than'} ms`)
  for (const person of persons) await lookAtEverything(person, persons)
  const { entries, addresses, absences } = journal
  const scale = { minutes: seconds / 60, people: persons.length }
  const evidence = await gather({
    ...{ product, world, scale, journal: entries, happened, absences, disabled, addresses, settledMs },
  })
  return { violations: check(evidence), evidence, counts: { ...counts, ...countsOf(journal, evidence) } }
}

/** How long it takes until nothing is owed any more; null when that does not come within 90 s. */
async function rest(product: Product, happened: Happening[]): Promise<number | null> {
  const since = Date.now()
  const isAtRest = async () => {
    const [left] = await product.query<{ left: number; drafts: string[] | null }>(`
      select (select count(*) from owed)::int
        + (select count(*) from backups where report_acknowledged < report_version)::int
        + (select count(*) from backups where stage = 'draft' and seen_version < version)::int
        + (select count(*) from data_files f join backups b on b.id = f.backup_id
            where b.stage = 'draft' and f.removed_at is null and f.status = 'checking')::int as left,
        (select array_agg('backup-' || reference) from backups where stage = 'draft') as drafts`)
    if (left?.left !== 0) return false
    const running = await runningWorkflows(product)
    const drafts = left.drafts ?? []
    // What Temporal lost of a draft that owes nothing is started again by the next command.
    const isLost = happened.some((one) => one.isLoss)
    return (
      running.every((id) => drafts.includes(id)) && (isLost || drafts.every((id) => running.includes(id)))
    )
  }
  await passPauses(product, happened)
  return (await waitFor(restWithinMs, isAtRest)) ? Date.now() - since : null
}

function countsOf(
  { entries }: Journal,
  { tables, inbox, received, lookups, workflows }: Evidence,
): Record<string, number> {
  const byStatus = Map.groupBy(entries, ({ status }) => `answers ${status ?? 'none'}`)
  return {
    requests: entries.length,
    ...Object.fromEntries(
      [...byStatus].map(([status, list]): [string, number] => [status, list.length]).sort(),
    ),
    projects: tables.projects.length,
    backups: tables.backups.length,
    files: tables.data_files.length,
    numbers: tables.numbers.length,
    amendments: tables.audit.filter(({ action }) => action === 'fileAmended').length,
    'codes expired': tables.audit.filter(({ action }) => action === 'codesExpired').length,
    'mails given up': tables.audit.filter(({ params }) => params['trouble'] === 'not-accepted').length,
    'look-ups refused': tables.audit.filter(({ action }) => action === 'lookUpRefused').length,
    'processes begun anew': workflows.filter(({ status }) => status === 'CONTINUED_AS_NEW').length,
    'audit rows': tables.audit.length,
    mails: inbox.length,
    lookups: lookups.length,
    'codes entered': tables.audit.filter(({ action }) => action === 'fileAuthorised').length,
    reports: received.length,
  }
}
