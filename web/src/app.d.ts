import type { Problem } from '$contracts/contract.ts'
import type { Session } from '$contracts/session.ts'
import type { Locale } from '#lib/words/language.ts'
import type { Toast } from '#lib/server/flash.ts'
import type { Site } from '#lib/server/site.ts'

declare global {
  namespace App {
    interface Locals {
      locale: Locale
      session: Session | null
      /** A session cookie came with the request, so this browser was signed in before. */
      wasSignedIn: boolean
      /** Why the API could not say who is signed in. */
      unknown?: Problem
      /** A limit was met: from then on it goes again. */
      retryAt?: string
    }
    interface PageData {
      session: Session | null
      site: Site
      flash: Toast | null
    }
    interface Error {
      message: string
      /** Finds the entry in the log. */
      requestId?: string
      /** On 401: the session ended, or there never was one. */
      wasSignedIn?: boolean
      /** On 429: from then on it goes again. */
      time?: string
    }
  }
}

export {}
