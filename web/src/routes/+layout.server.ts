import { takeFlash } from '#lib/server/flash.ts'
import { isProcessing } from '#lib/server/readiness.ts'
import { site } from '#lib/server/site.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = ({ locals, cookies, url, depends, fetch }) => {
  depends('app:session')
  void url.pathname // again for every page: the session's end and the banner are of now
  return {
    session: locals.session,
    site: site(),
    isProcessing: isProcessing(fetch),
    flash: takeFlash(cookies),
  }
}
