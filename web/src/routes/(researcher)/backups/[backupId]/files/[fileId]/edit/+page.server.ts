import { error, redirect } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { editFile } from '$contracts/files.ts'
import { parseSamples, parseSize, totalMb } from '$domain/sizes.ts'
import { sizeText } from '#lib/words/formats.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import type { Values } from '#lib/forms/refused.ts'
import { one } from '#lib/forms/refused.ts'
import { read, submit, typed, withLatest } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad, RequestEvent } from './$types'

async function readFiles(event: RequestEvent) {
  const { params } = event
  const { files, ...backup } = await read(event, getBackup, { params })
  const file = files.find((each) => each.id === params.fileId)
  if (!file) error(404, { message: 'NOT_FOUND' })
  const others = files.filter((each) => each !== file && each.status !== 'mismatch')
  return {
    backup,
    file,
    others: others.map(({ sampleCount, mbPerSample }) => ({ sampleCount, mbPerSample })),
  }
}

export const load: PageServerLoad = async (event) => ({ ...(await readFiles(event)), cmd: newCommand() })

/** What the form was filled with; a request without it overwrites the present values. */
function baseOf(values: Values) {
  const sampleCount = parseSamples(one(values, 'baseSampleCount'))
  const mbPerSample = parseSize(one(values, 'baseMbPerSample'))
  return sampleCount && mbPerSample ? { sampleCount, mbPerSample } : undefined
}

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const [base, note] = [baseOf(values), one(values, 'note').trim()]
    const body = {
      sampleCount: one(values, 'sampleCount'),
      mbPerSample: one(values, 'mbPerSample'),
      base,
      note: note || undefined,
    }
    const answer = await submit(event, editFile, { params: event.params, body }, values)
    if (!answer.ok)
      return await withLatest(answer, async () => {
        const { sampleCount, mbPerSample } = (await readFiles(event)).file
        return { sampleCount, mbPerSample }
      })
    const { file, others } = await readFiles(event)
    const [a, b] = [totalMb([...others, base ?? file]), totalMb([...others, file])]
    const isSame = base?.sampleCount === file.sampleCount && base.mbPerSample === parseSize(file.mbPerSample)
    setFlash(event.cookies, {
      code: isSame ? 'fileUnchanged' : 'fileSaved',
      row: event.params.fileId,
      params: { a: sizeText(a), b: sizeText(b) },
    })
    redirect(303, `/backups/${event.params.backupId}`)
  },
} satisfies Actions
