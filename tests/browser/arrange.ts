/** What a person did before a test begins, done through the API. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Visitor } from '../support/product.ts'
import { product } from './stage.ts'
import { emailOf, type Login } from './world.ts'

const visitors = new Map<Login, Visitor>()
async function visitorOf(login: Login): Promise<Visitor> {
  const known = visitors.get(login) ?? (await product.signIn(login))
  visitors.set(login, known)
  return known
}

async function send(login: Login, method: string, path: string, body?: Record<string, unknown>) {
  const reply = await (await visitorOf(login)).insist(method, path, body)
  expect(reply.status, `${method} ${path}: ${JSON.stringify(reply.body)}`).toBeLessThan(300)
  return reply.body
}
const post = (login: Login, path: string, body?: Record<string, unknown>) => send(login, 'POST', path, body)

export type Draft = { project: string; backup: string; name: string }

/** An empty backup of one's own: addresses of its pages, and its name. */
export async function draftOf(
  login: Login,
  name = `示例备份 ${randomUUID().slice(0, 8)}`,
  projectName = `示例项目 ${randomUUID()}`,
): Promise<Draft> {
  const project = await post(login, '/projects', {
    name: projectName,
    leadName: '示例负责人',
    leadEmail: emailOf(login),
    agreed: true,
  })
  const backup = await post(login, `/projects/${String(project['id'])}/backups`, {
    name,
    contentTypes: ['wgs'],
  })
  return { project: `/projects/${String(project['id'])}`, backup: `/backups/${String(backup['id'])}`, name }
}

const fileOf = (accession: string, depositorEmail: string) => ({
  dataType: 1,
  sampleCount: 50,
  mbPerSample: '2000',
  depositorEmail,
  accession,
  confirmDuplicate: true,
})
export async function addFile(
  login: Login,
  { backup }: Draft,
  accession: string,
  depositorEmail: string,
): Promise<string> {
  const file = await post(login, `${backup}/files`, fileOf(accession, depositorEmail))
  return String(file['id'])
}
/** Its repository does not answer: it stays 校验中. */
export async function addChecking(
  login: Login,
  { backup }: Draft,
  accession: string,
  email: string,
): Promise<void> {
  const reply = await (await visitorOf(login)).once('POST', `${backup}/files`, fileOf(accession, email))
  expect(reply).toMatchObject({ status: 202, body: { status: 'checking' } })
}

export const submitDraft = (login: Login, { backup }: Draft) => post(login, `${backup}/submission`)

/** A code was mailed six minutes ago, and is good. */
export async function mailCode(login: Login, { backup }: Draft, fileId: string): Promise<void> {
  await product.forgetMails()
  await post(login, `${backup}/files/${fileId}/code`)
  await product.query(
    `update consents set sent_at = sent_at - interval '6 min', expires_at = expires_at - interval '6 min'
       where file_id = $1`,
    [fileId],
  )
  // This command makes the process read the row again.
  await send(login, 'PATCH', `${backup}/files/${fileId}`, { sampleCount: 51, mbPerSample: '2000' })
}
