/** The calls to the outside that every arm makes: look-up over HTTP, mail over SMTP, PUT to the report system. */
import nodemailer from 'nodemailer'
import type { DataSet } from '../world.ts'

export type Report = { name: string; files: number; sizeMb: string }

/** The variables are those of the product's worker. */
export function openOutside(env: Record<string, string | undefined>) {
  const transport = nodemailer.createTransport({ url: env['SMTP_URL'] ?? '' })

  async function send(
    url: string,
    method: string,
    token: string | undefined,
    body: unknown,
  ): Promise<unknown> {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`)
    return await response.json()
  }

  return {
    lookUp: async ({ repository, accession, account }: DataSet): Promise<void> => {
      const url = `${env['REPOSITORIES_URL']}/lookup`
      const asked = { repository, accession, account }
      const { answer } = (await send(url, 'POST', env['REPOSITORIES_TOKEN'], asked)) as { answer: string }
      if (answer !== 'match') throw new Error(`${accession} is not of ${account}`)
    },
    mailCode: async (to: string, accession: string, code: string): Promise<void> => {
      const text = `Your code is ${code}. It is valid for 48 hours.\n\nIt was sent for your data set ${accession}.`
      await transport.sendMail({
        from: 'bench@platform.example.cn',
        to,
        subject: 'Data set code',
        text,
        html: `<p>${text.replaceAll('\n', '<br>')}</p>`,
      })
    },
    report: async (number: string, { name, files, sizeMb }: Report): Promise<void> => {
      const body = {
        ...{ version: 1, name, files, sizeMb },
        unit: { id: 'unit-1', name: '测量单位1' },
        custodian: { subject: 'bench-person-0', name: '测量员0' },
      }
      await send(`${env['REPORT_URL']}/backups/${number}`, 'PUT', env['REPORT_TOKEN'], body)
    },
    close: () => transport.close(),
  }
}

export const newCode = (): string => String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0')
