/** The world around the product: people, units and what the repositories and the old platform know. Read per request. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { repositories } from '../domain/catalogue.ts'

const SAMPLE_WORLD = join(import.meta.dirname, 'world')

const unit = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  parentId: z.string().optional(),
})
export const accountSchema = z.strictObject({
  login: z.string().min(1),
  sub: z.string().min(1),
  name: z.string().min(1),
  phone: z.string(),
  email: z.email(),
  unitId: z.string(),
  unitAuthorised: z.boolean(),
  role: z.enum(['researcher', 'unit_admin', 'legal_entity', 'operator']),
  active: z.boolean().default(true),
})
const dataSet = z.strictObject({
  repository: z.enum(repositories),
  accession: z.string(),
  account: z.string(),
})
const legacyBackup = z.strictObject({
  number: z.string(),
  name: z.string(),
  projectName: z.string(),
  issuedOn: z.iso.date(),
  files: z.number().int(),
  sizeMb: z.union([z.number(), z.string()]),
})
const registrant = z.strictObject({
  name: z.string(),
  phone: z.string(),
  unitName: z.string(),
  backups: z.array(legacyBackup),
})

export type Unit = z.infer<typeof unit>
export type Account = z.infer<typeof accountSchema>
export type DataSet = z.infer<typeof dataSet>
type Registrant = z.infer<typeof registrant>

export interface World {
  units(): Unit[]
  accounts(): Account[]
  dataSets(): DataSet[]
  legacy(): Registrant[]
}

/** Each call reads the file if it changed; a missing file is an empty list, a malformed one throws with its name. */
export function openWorld(folder: string = SAMPLE_WORLD): World {
  return {
    units: readList(join(folder, 'units.json'), unit),
    accounts: readList(join(folder, 'accounts.json'), accountSchema),
    dataSets: readList(join(folder, 'data-sets.json'), dataSet),
    legacy: readList(join(folder, 'legacy.json'), registrant),
  }
}

/** Throws one line that names what is wrong: the folder, or the file and the place in it. */
export function requireWorld(folder: string = SAMPLE_WORLD): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`WORLD_DIR=${folder}：没有这个文件夹。There is no such folder`)
  const world = openWorld(folder)
  for (const list of Object.values(world) as (() => unknown)[]) list()
}

/** The unit itself first, the root of its tree last. */
export function unitPath(units: Unit[], unitId: string): { id: string; name: string }[] {
  const path: { id: string; name: string }[] = []
  let at = units.find((unit) => unit.id === unitId)
  while (at && path.length <= units.length) {
    const { id, name, parentId } = at
    path.push({ id, name })
    at = units.find((unit) => unit.id === parentId)
  }
  return path
}

function readList<S extends z.ZodType>(file: string, item: S): () => z.infer<S>[] {
  let seen = ''
  let list: z.infer<S>[] = []
  return () => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
    if (!stat) return []
    const now = `${stat.ino} ${stat.mtimeNs} ${stat.size}`
    if (now !== seen) list = parseList(file, item)
    seen = now
    return list
  }
}

function parseList<S extends z.ZodType>(file: string, item: S): z.infer<S>[] {
  try {
    return z.array(item).parse(JSON.parse(utf8.decode(readFileSync(file))))
  } catch (error) {
    throw new Error(`${file}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Strict, because a name in another encoding would become another name; a byte order mark is left out. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  if (error instanceof TypeError) return '不是 UTF-8 编码，请另存为 UTF-8 · is not UTF-8, save it as UTF-8'
  return error instanceof Error ? error.message : String(error)
}
