/** What is made once for a data folder and kept there: ports and secrets. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { JWKS } from 'oidc-provider'
import { findPort, type Trouble, troubleWith } from './ports.ts'
import { readJson, writeJson } from './state-files.ts'

/** Ports that people type: name, environment variable, and what is taken without one. */
const KNOWN_PORTS = [
  ['api', 'PORT', 4000],
  ['control', 'CONTROL_PORT', 4800],
  ['temporalUi', 'TEMPORAL_UI_PORT', 8233],
] as const
const OTHER_PORTS = [
  'postgres',
  'temporal',
  'codec',
  'identity',
  'repositories',
  'report',
  'mail',
  'sms',
  'workerHealth',
  /** `npm run dev`: the pages have the API's port, and the API this one. */
  'apiBehindPages',
] as const
type Ports = Record<(typeof KNOWN_PORTS)[number][0] | (typeof OTHER_PORTS)[number], number>

export interface Secrets {
  payloadKeys: string
  codeKeys: string
  oidcClientSecret: string
  cookieKeys: string[]
  jwks: JWKS
  tokens: Record<'identity' | 'repositories' | 'report' | 'filings' | 'mail' | 'sms', string>
}

export interface Settings {
  dataDir: string
  ports: Ports
  secrets: Secrets
  publicUrl: string
}

const portsFile = (dataDir: string): string => join(dataDir, 'ports.json')
const secretsFile = (dataDir: string): string => join(dataDir, 'secrets.json')

/** Settings of an earlier start where they are still possible, new ones otherwise. */
export async function keepSettings(dataDir: string): Promise<Settings> {
  const ports = await choosePorts(readJson<Partial<Ports>>(portsFile(dataDir)) ?? {})
  writeJson(portsFile(dataDir), ports)
  const known = readJson<Secrets>(secretsFile(dataDir))
  if (!known) writeJson(secretsFile(dataDir), makeSecrets())
  return readSettings(dataDir)
}

export function readSettings(dataDir: string): Settings {
  const ports = readJson<Ports>(portsFile(dataDir))
  const secrets = readJson<Secrets>(secretsFile(dataDir))
  if (!ports || !secrets) throw new Error(`${dataDir} has no settings: it is filled by npm start`)
  // Not 127.0.0.1: browsers accept secure cookies over plain http only on localhost.
  return { dataDir, ports, secrets, publicUrl: `http://localhost:${ports.api}` }
}

/** A port that people type must be the one they asked for; the others may move. */
async function choosePorts(kept: Partial<Ports>): Promise<Ports> {
  const chosen: Partial<Ports> = {}
  for (const [name, variable, standard] of KNOWN_PORTS) {
    chosen[name] = await knownPort(variable, standard, kept[name], Object.values(chosen))
  }
  for (const name of OTHER_PORTS) chosen[name] = await otherPort(Object.values(chosen), kept[name])
  return chosen as Ports
}

async function knownPort(
  variable: string,
  standard: number,
  kept: number | undefined,
  taken: number[],
): Promise<number> {
  const text = process.env[variable] || String(standard)
  const wanted = Number(text)
  if (!/^\d{1,5}$/.test(text) || wanted > 65535) throw new Error(`${variable}=${text} is not a port: 0–65535`)
  if (wanted === 0) return otherPort(taken, kept)
  const trouble = taken.includes(wanted) ? 'taken' : await troubleWith(wanted)
  if (trouble === undefined) return wanted
  const [zh, en, other] = WORDS[trouble]
  throw new Error(
    `端口 ${wanted} ${zh}，请用 ${variable} 指定另一个端口。Port ${wanted} ${en}: ` +
      `choose another with ${variable}, e.g. ${variable}=${other ?? wanted + 1} npm start`,
  )
}

const WORDS: Record<Trouble, readonly [zh: string, en: string, other?: number]> = {
  taken: ['已被占用', 'is in use'],
  forbidden: ['需要管理员权限', 'is for the administrator of this machine', 4000],
  'refused by browsers': ['会被浏览器拒绝', 'is refused by browsers', 4000],
}

async function otherPort(taken: number[], kept: number | undefined): Promise<number> {
  for (let port = await findPort(kept); ; port = await findPort()) if (!taken.includes(port)) return port
}

export function makeSecrets(): Secrets {
  const secret = () => randomBytes(32).toString('base64url')
  const keyring = () => `k1:${randomBytes(32).toString('base64')}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signing = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }
  return {
    payloadKeys: keyring(),
    codeKeys: keyring(),
    oidcClientSecret: secret(),
    cookieKeys: [secret()],
    jwks: { keys: [signing] },
    tokens: {
      identity: secret(),
      repositories: secret(),
      report: secret(),
      filings: secret(),
      mail: secret(),
      sms: secret(),
    },
  }
}
