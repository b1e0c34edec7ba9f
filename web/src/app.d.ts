import type { Session } from '$contracts/session.ts'
import type { Locale } from '#lib/language.ts'

declare global {
  namespace App {
    interface Locals {
      locale: Locale
      session: Session | null
      /** A session cookie came with the request, so somebody was signed in once. */
      wasSignedIn: boolean
    }
    interface Error {
      message: string
      /** Finds the entry in the log. */
      requestId?: string
      /** On 401: the session ended, or there never was one. */
      wasSignedIn?: boolean
    }
  }
}

export {}
