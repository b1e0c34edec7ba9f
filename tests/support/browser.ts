/** What answers requests: an app in process, or fetch. */
type Answers = { request(request: Request): Response | Promise<Response> }

/** Cookies, redirects and one form: as much of a browser as signing in needs. */
export class Browser {
  readonly cookies = new Map<string, Map<string, string>>()
  private readonly app: Answers
  private readonly publicUrl: string

  constructor(app: Answers, publicUrl: string) {
    this.app = app
    this.publicUrl = publicUrl
  }

  /** What the product would be sent. */
  cookie(): string {
    const jar = this.cookies.get(new URL(this.publicUrl).host) ?? []
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** One request, no redirects; the product is asked in process, other servers over HTTP. */
  async request(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.publicUrl)
    const jar = this.cookies.get(url.host) ?? new Map<string, string>()
    this.cookies.set(url.host, jar)
    const headers = new Headers(init.headers)
    if (jar.size > 0 && !headers.has('cookie'))
      headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const request = new Request(url, { ...init, headers, redirect: 'manual' })
    const response = url.origin === this.publicUrl ? await this.app.request(request) : await fetch(request)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  /** Follows redirects until a page, or until `stop` says so; returns the last address and answer. */
  async follow(
    address: string,
    init: RequestInit = {},
    stop = (url: URL) => url.origin === this.publicUrl && !url.pathname.startsWith('/auth'),
  ): Promise<{ url: URL; response: Response }> {
    let url = new URL(address, this.publicUrl)
    let response = await this.request(url.href, init)
    for (let hops = 0; hops < 20; hops++) {
      const location = response.headers.get('location')
      if (location === null) break
      url = new URL(location, url)
      if (stop(url)) break
      response = await this.request(url.href)
    }
    return { url, response }
  }

  /** From our sign-in to the page after it; returns that page's path. */
  async signIn(login: string, password: string, to?: string): Promise<string> {
    const query = to === undefined ? '' : `?to=${encodeURIComponent(to)}`
    const form = await this.follow(`/auth/login${query}`)
    if (form.url.origin === this.publicUrl) return form.url.pathname + form.url.search
    const { url } = await this.follow(form.url.href, {
      method: 'POST',
      body: new URLSearchParams({ login, password }),
    })
    return url.pathname + url.search
  }
}
