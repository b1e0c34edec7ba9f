/** How pages call the API that runs in their own process, without a socket. */

/** Bindings, not headers, say that a form came from our pages, and for whom (`address`). */
export type InProcess = (request: Request, address?: string) => Response | Promise<Response>

// The pages are a bundle of their own, with their own copy of this file: what both share hangs on the global object.
const place = Symbol.for('app.api')
const shared = globalThis as { [place]?: InProcess }

export function shareApi(api: InProcess): void {
  shared[place] = api
}
/** Undefined where the pages run alone. */
export const sharedApi = (): InProcess | undefined => shared[place]
