/** What a form sent, read as the text it is; else the page says that it cannot be read, and nothing is done. */
import { isUtf8 } from 'node:buffer'
import { error } from '@sveltejs/kit'
import { isUtf8Type } from '$domain/text.ts'

const forms = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

export async function readForm(request: Request): Promise<FormData> {
  const type = request.headers.get('content-type') ?? ''
  if (!forms.test(type) || !isUtf8Type(type)) error(415, { message: 'UNSUPPORTED_MEDIA_TYPE' })
  const bytes = Buffer.from(await request.arrayBuffer())
  // The platform's own reader puts U+FFFD for what it cannot read, and a name would be kept so for ever.
  const form = isReadable(bytes, type)
    ? await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => undefined)
    : undefined
  return form ?? error(400, { message: 'MALFORMED' })
}

function isReadable(bytes: Buffer, type: string): boolean {
  if (!isUtf8(bytes)) return false
  if (/^multipart/i.test(type)) return true
  try {
    decodeURIComponent(bytes.toString('latin1'))
    return true
  } catch {
    return false
  }
}
