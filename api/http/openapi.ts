import { cookieName } from '../sign-in/cookies.ts'
import type { App } from '../deps.ts'

export type OpenApiDocument = ReturnType<App['getOpenAPI31Document']>

/** OpenAPI 3.1, made from the mounted contracts. */
export function openApiOf(app: App, publicUrl: string): OpenApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName('sid', publicUrl),
    description: 'Set by /auth/login, which leads to the identity provider.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'reportSystem', { type: 'http', scheme: 'bearer' })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: '人类遗传资源信息管理备份平台 · Human genetic resources information backup platform',
      version: '1',
      description: [
        'Errors are `application/problem+json` (RFC 9457); programs read `code` and `errors[].code`.',
        'Order of refusals: 401, 403, 404, 400/422, 409, 429. Unknown keys are refused.',
        'General limits per minute (`RATE_LIMITED`) come before all of them: of an account, without a session of',
        'the client’s address; `params.time` and `Retry-After` say when requests go again.',
        'Every write takes `Idempotency-Key`: the same key with the same body happens once, and after a 202',
        'repeating the same request is asking for its status. A key is remembered for 30 days.',
        'What one may not see answers 404.',
        'A GET that a page repeats by itself carries `x-background: 1`: it does not keep the session alive.',
        'Times are ISO-8601 with offset; sizes are decimal strings in MB.',
      ].join('\n'),
    },
    servers: [{ url: '/api/v1' }],
  })
}
