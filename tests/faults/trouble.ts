/** What breaks: processes, the outside world, clocks, accounts, what Temporal knows. */
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { forward } from '../support/forward.ts'
import { until } from '../support/until.ts'
import type { ProcessName, Product } from '../support/product.ts'
import type { Absence, Happening, Json } from './evidence.ts'
import { namespace, temporalAddress } from './gather.ts'
import type { Person, Stage } from './people.ts'
import type { Random } from './random.ts'

const repositoryTrouble = (random: Random): Json =>
  random.pick<Json>([
    { mode: 'down' },
    { mode: 'slow', ms: 500 + random.int(6_000) },
    { mode: 'error', status: random.pick([500, 503, 429]) },
    { mode: 'error', status: random.pick([503, 429]), retryAfter: 2 + random.int(5) },
    { mode: 'flapping' },
    { mode: 'wrong' },
  ]) ?? {}
const mailTrouble = (random: Random): Json =>
  random.pick<Json>([
    { mode: 'down' },
    { mode: 'slow', ms: 500 + random.int(6_000) },
    { mode: 'error', status: 451 },
    { mode: 'error', status: 550 },
    { mode: 'wrong' },
    { mode: 'flapping' },
  ]) ?? {}
const targets: readonly (readonly [string, (random: Random) => Json])[] = [
  ['repository', repositoryTrouble],
  ['GSA-Human', repositoryTrouble],
  ['GVM', repositoryTrouble],
  ['OMIX', repositoryTrouble],
  ['mail', mailTrouble],
  ['mail', mailTrouble],
  ['report', repositoryTrouble],
  ['report', repositoryTrouble],
]
const victims: readonly (readonly [number, ProcessName])[] = [
  [3, 'worker'],
  [2, 'worker2'],
  [2, 'api'],
  [2, 'api2'],
  [2, 'temporal'],
  [2, 'postgres'],
  [1, 'stand-ins'],
]

/** What it returns when the time is over is what then still goes on. */
export async function makeTrouble(stage: Stage, random: Random, say: (line: string) => void): Promise<void> {
  const trouble: Trouble = { ...stage, random, say, held: new Set() }
  const background: Promise<void>[] = []
  const loseAt = Date.now() + (stage.until - Date.now()) * (0.3 + random.int(400) / 1000)
  let isLost = false
  while (Date.now() < stage.until) {
    await pause(Math.min(600 + random.int(3_000), Math.max(0, stage.until - Date.now())))
    if (!isLost && Date.now() > loseAt) {
      isLost = true
      await loseTemporal(trouble)
      continue
    }
    const [what] = random.weighted(kinds)
    const going = what(trouble).catch((error: unknown) => say(String(error)))
    if ([changeAccount, passTime, outlastMail, keepBusy].includes(what)) background.push(going)
    else await going
  }
  await Promise.all(background)
}

type Trouble = Stage & {
  random: Random
  say: (line: string) => void
  /** Switches that stay as they are for a while. */
  held: Set<string>
}
const kinds: readonly (readonly [weight: number, trouble: (trouble: Trouble) => Promise<void>])[] = [
  [35, killSome],
  [40, setSome],
  [16, passTime],
  [8, outlastMail],
  [4, keepBusy],
  [5, changeAccount],
]

function killSome({ product, random, happened, count, say }: Trouble): Promise<void> {
  const names = new Set([random.weightedOne(victims)])
  while (random.chance(0.25)) names.add(random.weightedOne(victims))
  for (const name of names) {
    const at = Date.now()
    if (!killed(product, name)) continue
    happened.push({ at, done: at, kill: name })
    count(`killed ${name}`)
  }
  say(`kill -9 ${[...names].join(' ')}`)
  return Promise.resolve()
}

async function setSome({ product, random, happened, held, count, say }: Trouble): Promise<void> {
  const [target, troubleOf] = random.pick(targets) ?? ['mail', mailTrouble]
  if (held.has(target)) return
  const fault = random.chance(0.45) ? { mode: 'ok' } : troubleOf(random)
  const done = await setFault(product, happened, target, fault).catch(() => undefined)
  if (!done?.ok) return
  count(`${target} ${String(fault['mode'])}`)
  say(`${target} ${JSON.stringify(fault)}`)
}

/**
 * No mail server is there for a day. A process that is moved on by a day makes each try of that day, so the mail is made a
 * day older instead, and the process is told to look.
 */
async function outlastMail(trouble: Trouble): Promise<void> {
  const { product, happened, held, count, say } = trouble
  if (held.has('mail')) return
  held.add('mail')
  try {
    await setFault(product, happened, 'mail', { mode: 'down' })
    const reference = await findDraft(trouble, 'sending')
    if (reference === undefined) return
    const at = Date.now()
    happened.push({ at, done: at, reference, seconds: 86_400 })
    const older = `update consents set requested_at = requested_at - interval '24 hours'
      where status = 'sending' and file_id in (
        select f.id from data_files f join backups b on b.id = f.backup_id where b.reference = $1)`
    await product.query(older, [reference])
    await onTemporal(product, (connection) =>
      new Client({ connection, namespace }).workflow.getHandle(`backup-${reference}`).signal('reload'),
    )
    count('a day without mail')
    say(`${reference}: its mail is a day old`)
  } finally {
    held.delete('mail')
  }
}

/** One that has such a consent, and no check under way. */
async function findDraft(
  { product, random }: Trouble,
  status: 'sending' | 'sent',
): Promise<string | undefined> {
  const by = String(random.int(1_000_000))
  const find = async () => {
    const [draft] = await product.query<{ reference: string }>(
      `select b.reference from backups b join data_files f on f.backup_id = b.id join consents c on c.file_id = f.id
         where b.stage = 'draft' and f.removed_at is null and f.status = 'pending' and c.status = $1
           and not exists (select from owed o where o.subject_id = b.id and o.key like 'check/%')
         order by md5(b.reference || $2) limit 1`,
      [status, by],
    )
    return draft?.reference
  }
  return await until('there is such a draft', find, 10_000).catch(() => undefined)
}

/** Its process's own clock goes on: by the five minutes between two codes, or by a code's whole life. */
async function passTime(trouble: Trouble): Promise<void> {
  const { product, random, happened, count, say } = trouble
  const reference = await findDraft(trouble, 'sent')
  if (reference === undefined) return
  const seconds = random.chance(0.5) ? 301 : 172_801
  const happening: Happening = { at: Date.now(), done: Infinity, reference, seconds }
  happened.push(happening)
  await onTemporal(product, (connection) =>
    forward(connection, { namespace, workflowId: `backup-${reference}` }, seconds, 45_000),
  )
  happening.done = Date.now()
  count(`passed ${seconds} s`)
  say(`${reference}: ${seconds} s pass`)
}

/** What was answered with nonsense, or refused, is tried again after ten minutes: they pass for all that wait so long. */
export async function passPauses(product: Product, happened: Happening[]): Promise<void> {
  const waiting = await product.query<{ reference: string }>(
    `select distinct b.reference from owed o join backups b on b.id = o.subject_id where o.pause_ms > 30000`,
  )
  for (const { reference } of waiting) {
    const seconds = 601
    happened.push({ at: Date.now(), done: Infinity, reference, seconds })
    await onTemporal(product, (connection) =>
      forward(connection, { namespace, workflowId: `backup-${reference}` }, seconds),
    ).catch(() => undefined) // it has ended, or moves already
  }
}

/** So many turns that it begins anew from its row. */
async function keepBusy({ product, random, count, say }: Trouble): Promise<void> {
  const [draft] = await product.query<{ reference: string }>(
    `select reference from backups where stage = 'draft' order by md5(reference || $1) limit 1`,
    [String(random.int(1_000_000))],
  )
  if (!draft) return
  await onTemporal(product, async (connection) => {
    const handle = new Client({ connection, namespace }).workflow.getHandle(`backup-${draft.reference}`)
    for (let signals = 0; signals < 110; signals++) await handle.signal('reload')
  })
  count('kept busy')
  say(`${draft.reference} is kept busy`)
}

async function onTemporal(product: Product, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress(product.folder) })
  try {
    await work(connection)
  } finally {
    await connection.close()
  }
}

/** It comes back knowing nothing: each process starts again from its row. */
async function loseTemporal({ product, happened, count, say }: Trouble): Promise<void> {
  const happening: Happening = { at: Date.now(), done: Infinity, kill: 'temporal', isLoss: true }
  happened.push(happening)
  const comeBack = await product.away('temporal')
  for (const file of globSync('temporal-*.db*', { cwd: join(product.folder, 'temporal') }))
    rmSync(join(product.folder, 'temporal', file))
  await comeBack()
  happening.done = Date.now()
  count('lost what Temporal knew')
  say('what Temporal knew is lost')
}

/** The identity provider disables somebody for a while, or moves them to the other unit. */
async function changeAccount(trouble: Trouble): Promise<void> {
  const { persons, random, disabled, changing, count, say } = trouble
  const person = random.pick(persons.filter((one) => !changing.has(one)))
  if (!person) return
  changing.add(person)
  const isBack = person.visit.mayBeAbsent()
  if (random.chance(0.5)) {
    person.unit = person.unit === 'unit-1' ? 'unit-2' : 'unit-1'
    await setAccount(trouble, person, { unitId: person.unit }, 'u.external_id', person.unit)
    say(`${person.login} is moved to ${person.unit}`)
    count('moved')
  } else {
    await setAccount(trouble, person, { active: false }, 'a.active', false)
    const absence: Absence = { who: person.login, from: Date.now(), to: Infinity }
    disabled.push(absence)
    say(`${person.login} is disabled`)
    count('disabled')
    await pause(1_000 + random.int(5_000))
    absence.to = Date.now()
    await setAccount(trouble, person, { active: true }, 'a.active', true)
  }
  await isBack()
  changing.delete(person)
}

/** Until the product knows it. */
async function setAccount(
  { product }: Trouble,
  { login, subject }: Person,
  change: Json,
  column: string,
  value: unknown,
): Promise<void> {
  const init = {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  }
  const isSet = async () => (await fetch(`${product.urls.control}/accounts/${login}`, init)).ok
  const isKnown = async () => {
    const [row] = await product.query<{ now: unknown }>(
      `select ${column} as now from accounts a join units u on u.id = a.unit_id where a.subject = $1`,
      [subject],
    )
    return row?.now === value
  }
  for (const condition of [isSet, isKnown])
    if (!(await waitFor(120_000, condition)))
      throw new Error(`${login}: ${JSON.stringify(change)} is not known`)
}

/** False when it has just ended and is not started again yet. */
function killed(product: Product, name: ProcessName): boolean {
  try {
    product.kill(name)
    return true
  } catch {
    return false
  }
}

/** Written down before it is set: who asks in vain may have set it. */
async function setFault(
  product: Product,
  happened: Happening[],
  target: string,
  fault: Json,
): Promise<Response> {
  const happening: Happening = { at: Date.now(), done: Infinity, target, fault }
  happened.push(happening)
  const response = await product.fault(target, fault)
  happening.done = Date.now()
  return response
}

export async function everythingOn(product: Product, happened: Happening[]): Promise<void> {
  for (const target of ['repository', 'mail', 'report'])
    await waitFor(60_000, async () => (await setFault(product, happened, target, { mode: 'ok' })).ok)
  await product.ready()
}

export async function waitFor(withinMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + withinMs
  for (;;) {
    if (await condition().catch(() => false)) return true
    if (Date.now() > end) return false
    await pause(200)
  }
}
