/** What people do: everything that the API offers, at random. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Product } from '../support/product.ts'
import type { Sending, Tab, Visit } from './clients.ts'
import { lastLook, type Absence, type DataSet, type Entry, type Happening, type Json } from './evidence.ts'
import type { Random } from './random.ts'
import type { FaultWorld } from './world.ts'

/** What the tabs of one person know of a backup; it may be old. */
export type Known = { isCompleted: boolean; files: Json[] }
export type Person = {
  login: string
  subject: string
  unit: string
  visit: Visit
  projects: string[]
  backups: Map<string, Known>
  sent: Sending[]
  serial: number
}
export type Stage = {
  product: Product
  world: FaultWorld
  persons: Person[]
  until: number
  count: (what: string) => void
  happened: Happening[]
  disabled: Absence[]
  /** Whose account is being changed. */
  changing: Set<Person>
}
type Actor = Stage & { person: Person; tab: Tab; random: Random }

export async function act(stage: Stage, person: Person, tab: Tab, random: Random): Promise<void> {
  const actor: Actor = { ...stage, person, tab, random }
  while (Date.now() < stage.until) {
    const [name, action] = random.weighted(actions)
    stage.count(`tried ${name}`)
    await action(actor)
    await pause(random.int(400))
  }
}

/**
 * Sends, and mostly does not give up: the same request with the same key, some times, each time to the other API. Now and
 * then both get it at once. What was accepted is often looked at, again by either API.
 */
async function insist(actor: Actor, sending: Sending): Promise<Entry> {
  const { tab, person, random, until } = actor
  const keyed = { ...sending, key: sending.key ?? randomUUID() }
  person.sent.push(keyed)
  const first = tab.send(keyed)
  if (random.chance(0.15)) await tab.send(keyed)
  let entry = await first
  for (let tries = 0; tries < 4 && isOpen(entry) && random.chance(0.85) && Date.now() < until; tries++) {
    await pause(200 + random.int(1500))
    entry = await tab.send(keyed, entry)
  }
  if (entry.status !== null && entry.status < 300 && random.chance(0.4)) await lookAfter(actor, entry)
  return entry
}

/** The thing that was written, or, when it is gone, where it was. */
async function lookAfter({ tab }: Actor, { method, path, answer }: Entry): Promise<void> {
  const made = typeof answer?.['id'] === 'string' ? answer['id'] : ''
  const thing =
    method !== 'POST'
      ? path
      : path === '/projects'
        ? `/projects/${made}`
        : path.endsWith('/backups')
          ? `/backups/${made}`
          : path.endsWith('/files')
            ? `${path}/${made}`
            : path.slice(0, path.lastIndexOf('/'))
  if (!thing.endsWith('/')) await tab.send({ method: 'GET', path: thing })
}
const isOpen = ({ status }: Entry): boolean => status === null || status === 202 || status >= 500

/** Unlike everything that was typed before in this run, so that its row in the audit can be told. */
let amounts = 1000
const uniqueSize = (): string => {
  amounts += 1
  return `${Math.floor(amounts / 1000)}.${String(amounts % 1000).padStart(3, '0')}`
}
const uniqueName = (person: Person): string => `试错备份 ${person.login} ${String((person.serial += 1))}`

const actions: readonly (readonly [weight: number, name: string, action: (actor: Actor) => Promise<void>])[] =
  [
    [3, 'create project', createProject],
    [9, 'create backup', createBackup],
    [
      7,
      'edit backup',
      (actor) => onDraft(actor, async (id) => void (await insist(actor, editOf(actor, id)))),
    ],
    [16, 'link own file', (actor) => onDraft(actor, (id) => link(actor, id, ownSet(actor)))],
    [12, 'link file of others', (actor) => onDraft(actor, (id) => link(actor, id, othersSet(actor)))],
    [1, 'link with a wrong account', (actor) => onDraft(actor, (id) => link(actor, id, wrongSet(actor)))],
    [3, 'link the same again', linkTheSame],
    [4, 'correct a file', correctFile],
    [6, 'edit file', (actor) => onFile(actor, 'draft', editFile)],
    [3, 'edit a backup that was looked at', (actor) => onDraft(actor, (id) => editWhatWasSeen(actor, id))],
    [
      4,
      'edit a file that was looked at',
      (actor) => onFile(actor, actor.random.pick(['draft', 'completed']) ?? 'draft', editFileAsSeen),
    ],
    [0.5, 'sign out and in', ({ person }) => person.visit.signOutAndIn()],
    [2, 'remove file', (actor) => onFile(actor, 'draft', removeFile)],
    [1, 'discard', (actor) => onDraft(actor, (id) => discard(actor, id))],
    [14, 'send code', (actor) => onFile(actor, 'pending', sendCode)],
    [16, 'enter code', (actor) => onFile(actor, 'pending', enterCode)],
    [3, 'enter a wrong code', (actor) => onFile(actor, 'pending', enterWrongCode)],
    [12, 'submit', (actor) => onDraft(actor, (id) => submit(actor, id))],
    [7, 'amend', (actor) => onFile(actor, 'completed', editFile)],
    [7, 'look', look],
    [3, 'try what is others’', trespass],
    [6, 'send again', sendAgain],
    [2, 'same key, other body', reuseKey],
  ]

async function createProject(actor: Actor): Promise<void> {
  const { person, world, random } = actor
  if (person.projects.length >= 6) return
  const lead = world.people.find(({ login }) => login === person.login)
  if (!lead) return
  const leadEmail = random.chance(0.3) ? lead.email.toUpperCase() : lead.email
  // Often a name that is taken, in other letters, also twice at once.
  const name = random.chance(0.4)
    ? random.pick(['试错项目 Ａ', '试错项目 A ', '试错项目\u3000A'])
    : uniqueProject(person)
  const sending = {
    method: 'POST',
    path: '/projects',
    body: { name, leadName: lead.name, leadEmail, agreed: true },
  }
  const made = await Promise.all([
    insist(actor, sending),
    ...(random.chance(0.3) ? [insist(actor, sending)] : []),
  ])
  for (const { status, answer } of made) if (status === 201) remember(person.projects, String(answer?.['id']))
}
const uniqueProject = (person: Person): string => `试错项目 ${(person.serial += 1)}`

async function createBackup(actor: Actor): Promise<void> {
  const { person, random } = actor
  const project = random.pick(person.projects)
  if (project === undefined) return await createProject(actor)
  if ([...person.backups.values()].filter(({ isCompleted }) => !isCompleted).length >= 5) return
  const body = { name: uniqueName(person), contentTypes: ['wgs'] }
  const path = `/projects/${project}/backups`
  const { status, answer } = await insist(actor, { method: 'POST', path, body })
  if (status === 201) person.backups.set(String(answer?.['id']), { isCompleted: false, files: [] })
  if (answer?.['code'] === 'UNIT_LEFT') await createProject(actor)
}

const editOf = ({ person, random }: Actor, id: string): Sending => ({
  method: 'PATCH',
  path: `/backups/${id}`,
  body: {
    name: uniqueName(person),
    contentTypes: random.chance(0.15) ? ['array'] : random.chance(0.5) ? ['wgs'] : ['wgs', 'wes'],
  },
})

const typeOf: Record<string, number> = { 'GSA-Human': 1, GVM: 3, OMIX: 10 }
const ownSet = ({ world, person, random }: Actor) => random.pick(world.own(person.login))
const othersSet = ({ world, person, random }: Actor) => random.pick(world.others(person.login))
function wrongSet(actor: Actor): DataSet | undefined {
  const own = ownSet(actor)
  const others = othersSet(actor)
  return own && others && { ...others, account: own.account }
}

async function link(actor: Actor, id: string, set: DataSet | undefined, replaces?: string): Promise<void> {
  if (!set) return
  const { random } = actor
  const body = {
    dataType: typeOf[set.repository],
    sampleCount: 1 + random.int(98),
    mbPerSample: uniqueSize(),
    depositorEmail: random.chance(0.2) ? set.account.toUpperCase() : set.account,
    accession: random.chance(0.2) ? ` ${set.accession.toLowerCase()}` : set.accession,
    ...(random.chance(0.9) && { confirmDuplicate: true }),
    ...(replaces !== undefined && { replaces }),
  }
  await insist(actor, { method: 'POST', path: `/backups/${id}/files`, body })
  await readFiles(actor, id)
}

/** A data set that the draft has, or that another tab links at this moment. */
async function linkTheSame(actor: Actor): Promise<void> {
  await onDraft(actor, async (id) => {
    const { random, world, person } = actor
    const sets = [...world.own(person.login), ...world.others(person.login)]
    const linked = random.pick(await readFiles(actor, id))
    const set = sets.find(({ accession }) => accession === linked?.['accession'])
    if (set)
      return await link(actor, id, { ...set, accession: `${set.accession}${random.chance(0.3) ? '.2' : ''}` })
    const fresh = ownSet(actor)
    await Promise.all([link(actor, id, fresh), link(actor, id, fresh)])
  })
}

/** In the place of one that did not match, or whose mail did not arrive; now and then of one that is all right. */
async function correctFile(actor: Actor): Promise<void> {
  await onDraft(actor, async (id) => {
    const { random } = actor
    const files = await readFiles(actor, id)
    const isWrong = (file: Json) =>
      file['status'] === 'mismatch' || (file['consent'] as Json)['status'] === 'undelivered'
    const wrong = random.pick(files.filter((file) => isWrong(file) || random.chance(0.1)))
    if (!wrong) return await link(actor, id, wrongSet(actor))
    await link(actor, id, random.chance(0.5) ? ownSet(actor) : othersSet(actor), String(wrong['id']))
  })
}

/** As a form does that was open for a while: with what it was filled with. */
async function editWhatWasSeen(actor: Actor, id: string): Promise<void> {
  const { tab, random } = actor
  const { status, answer } = await tab.send({ method: 'GET', path: `/backups/${id}` })
  if (status !== 200 || !answer) return
  await pause(random.int(3_000))
  if (random.chance(0.4)) await insist(actor, editOf(actor, id)) // somebody else, meanwhile
  const edit = editOf(actor, id)
  const { name, contentTypes } = answer
  await insist(actor, { ...edit, body: { ...edit.body, base: { name, contentTypes } } })
}

async function editFileAsSeen(actor: Actor, path: string): Promise<void> {
  const { tab, random } = actor
  const { status, answer } = await tab.send({ method: 'GET', path })
  if (status !== 200 || !answer) return
  await pause(random.int(3_000))
  if (random.chance(0.4)) await editFile(actor, path) // somebody else, meanwhile
  const { sampleCount, mbPerSample } = answer
  const body = {
    sampleCount: random.chance(0.5) ? sampleCount : 1 + random.int(98),
    mbPerSample: uniqueSize(),
    base: { sampleCount, mbPerSample },
  }
  await insist(actor, { method: 'PATCH', path, body })
}

const editFile = async (actor: Actor, path: string): Promise<void> => {
  const body = { sampleCount: 1 + actor.random.int(98), mbPerSample: uniqueSize() }
  await insist(actor, { method: 'PATCH', path, body })
}
const removeFile = async (actor: Actor, path: string): Promise<void> => {
  await insist(actor, { method: 'DELETE', path })
}
async function discard(actor: Actor, id: string): Promise<void> {
  const { status } = await insist(actor, { method: 'DELETE', path: `/backups/${id}` })
  if (status === 204) actor.person.backups.delete(id)
}

async function sendCode(actor: Actor, path: string): Promise<void> {
  const sending = { method: 'POST', path: `${path}/code` }
  if (actor.random.chance(0.15)) await Promise.all([insist(actor, sending), insist(actor, sending)])
  else await insist(actor, sending)
}

async function enterCode(actor: Actor, path: string): Promise<void> {
  const codes = await codesFor(actor, path)
  if (codes.length === 0) return await sendCode(actor, path)
  // Now and then an older one: good only while the newer mail is on its way.
  const code = actor.random.chance(0.85) ? codes[0] : actor.random.pick(codes)
  await insist(actor, { method: 'POST', path: `${path}/verification`, body: { code } })
}
async function enterWrongCode(actor: Actor, path: string): Promise<void> {
  const codes = await codesFor(actor, path)
  if (codes.length === 0) return
  const times = actor.random.chance(0.2) ? 6 : 1
  for (let i = 0; i < times; i++) {
    const wrong = String(actor.random.int(1_000_000)).padStart(6, '0')
    if (codes.includes(wrong)) return
    await insist(actor, { method: 'POST', path: `${path}/verification`, body: { code: wrong } })
  }
}
/** Newest first, as the depositor would read them out. */
async function codesFor({ product }: Actor, path: string): Promise<string[]> {
  const fileId = path.split('/')[4] ?? ''
  const response = await fetch(`${product.urls.control}/messages`).catch(() => undefined)
  const json: unknown = await response?.json().catch(() => undefined)
  const messages = (json ?? []) as { text: string; messageId?: string }[]
  return messages
    .filter(({ messageId = '' }) => messageId.startsWith(`<code.${fileId}.`))
    .flatMap(({ text }) => /验证码为：(\d{6})/.exec(text)?.[1] ?? [])
}

async function submit(actor: Actor, id: string): Promise<void> {
  const { random, person } = actor
  const files = await readFiles(actor, id)
  const isReady =
    files.length > 0 && files.every((file) => ['done', 'mismatch'].includes(String(file['status'])))
  if (!isReady && random.chance(0.7)) return
  const once: Sending = { method: 'POST', path: `/backups/${id}/submission`, key: randomUUID() }
  const another: Sending = { ...once, key: randomUUID() }
  const [first] = await Promise.all([
    insist(actor, once),
    ...(random.chance(0.3) ? [insist(actor, another)] : []),
    ...(random.chance(0.2) ? [insist(actor, once)] : []),
    ...(random.chance(0.3) ? [insist(actor, editOf(actor, id))] : []),
    ...(random.chance(0.2) ? [link(actor, id, ownSet(actor))] : []),
  ])
  if (first.status === 200) person.backups.set(id, { isCompleted: true, files })
}

async function look(actor: Actor): Promise<void> {
  const { person, random, tab } = actor
  const id = random.pick([...person.backups.keys()])
  if (id === undefined) return
  const page = random.pick(['', '/files', '/snapshot', '/amendments', '/timeline', '/submission']) ?? ''
  await tab.send({ method: 'GET', path: `/backups/${id}${page}` })
}

async function trespass(actor: Actor): Promise<void> {
  const { persons, person, random, tab } = actor
  const other = random.pick(persons.filter((one) => one !== person))
  const id = random.pick([...(other?.backups.keys() ?? [])])
  const file = random.pick(other?.backups.get(id ?? '')?.files ?? [])
  if (id === undefined) return
  const path = `/backups/${id}`
  const sendings: Sending[] = [
    { method: 'GET', path },
    { method: 'GET', path: `${path}/files` },
    { method: 'POST', path: `${path}/submission` },
    { method: 'DELETE', path },
    editOf(actor, id),
  ]
  if (file) sendings.push({ method: 'POST', path: `${path}/files/${String(file['id'])}/code` })
  const sending = random.pick(sendings)
  if (sending) await tab.send(sending)
}

async function sendAgain({ person, random, tab }: Actor): Promise<void> {
  const old = random.pick(person.sent.slice(-40))
  if (old) await tab.send(old)
}

/** The same key with another body: refused, if the first one was decided. */
async function reuseKey({ person, random, tab }: Actor): Promise<void> {
  const edits = person.sent
    .slice(-40)
    .filter(({ method, body }) => method === 'PATCH' && body?.['mbPerSample'])
  const old = random.pick(edits)
  if (old) await tab.send({ ...old, body: { ...old.body, mbPerSample: uniqueSize() } })
}

async function onDraft(actor: Actor, action: (id: string) => Promise<void>): Promise<void> {
  const drafts = [...actor.person.backups].filter(([, { isCompleted }]) => !isCompleted)
  const chosen = actor.random.pick(drafts)
  if (!chosen) return await createBackup(actor)
  await action(chosen[0])
}

async function onFile(
  actor: Actor,
  where: 'draft' | 'pending' | 'completed',
  action: (actor: Actor, path: string) => Promise<void>,
): Promise<void> {
  const { person, random } = actor
  const chosen = random.pick(
    [...person.backups].filter(([, { isCompleted, files }]) =>
      where === 'completed'
        ? isCompleted
        : !isCompleted && (where === 'draft' || files.some((file) => file['status'] === 'pending')),
    ),
  )
  if (!chosen) return
  const files = await readFiles(actor, chosen[0])
  const file = random.pick(files.filter((one) => where !== 'pending' || one['status'] === 'pending'))
  if (file) await action(actor, `/backups/${chosen[0]}/files/${String(file['id'])}`)
}

async function readFiles({ person, tab }: Actor, id: string): Promise<Json[]> {
  const { status, answer } = await tab.send({ method: 'GET', path: `/backups/${id}/files` })
  const known = person.backups.get(id)
  if (status === 404) person.backups.delete(id)
  const files = status === 200 ? (answer?.['items'] as Json[]) : (known?.files ?? [])
  if (known) known.files = files
  return files
}

/** Everything there is for a person, page by page, and that nothing of the others is. */
export async function lookAtEverything(person: Person, persons: readonly Person[]): Promise<void> {
  const tab = person.visit.open(lastLook)
  const list = async (path: string): Promise<Json[]> => {
    const all: Json[] = []
    for (let page = 1; page < 100; page++) {
      const { answer } = await tab.send({ method: 'GET', path: `${path}?page=${page}&size=100` })
      const items = (answer?.['items'] ?? []) as Json[]
      all.push(...items)
      if (items.length < 100) break
    }
    return all
  }
  await list('/backups')
  for (const project of await list('/projects'))
    for (const backup of await list(`/projects/${String(project['id'])}/backups`)) {
      const path = `/backups/${String(backup['id'])}`
      const pages = ['', '/files', '/amendments', '/timeline']
      if (backup['number'] !== null) pages.push('/snapshot')
      for (const page of pages) await tab.send({ method: 'GET', path: `${path}${page}` })
      if (backup['number'] !== null) await tab.send({ method: 'POST', path: `${path}/submission` })
      else
        await mustMove(tab, {
          method: 'PATCH',
          path,
          body: { name: uniqueName(person), contentTypes: ['wgs'] },
        })
    }
  for (const other of persons.filter((one) => one !== person)) {
    for (const id of [...other.backups.keys()].slice(0, 3))
      for (const page of ['', '/files', '/snapshot', '/timeline', '/amendments', '/submission'])
        await tab.send({ method: 'GET', path: `/backups/${id}${page}` })
    const [project] = other.projects
    if (project) await tab.send({ method: 'GET', path: `/projects/${project}` })
  }
}

/** A draft that answers no command any more would be stuck for good. */
async function mustMove(tab: Tab, sending: Sending): Promise<void> {
  const keyed = { ...sending, key: randomUUID() }
  for (let tries = 0; tries < 4; tries++) if (!isOpen(await tab.send(keyed))) return
}

const remember = (list: string[], id: string): void => {
  if (!list.includes(id)) list.push(id)
}
