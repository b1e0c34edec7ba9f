/** The pages of `npm run dev`: Vite with hot reload on the product's port; what is the API's it hands on. */
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createServer } from 'vite'
import { securityHeaders } from '../api/http/headers.ts'
import { ROOT } from './build.ts'
import { readSettings } from './settings.ts'

const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: '.local' } } })
const dataDir = values['data-dir']
const { ports } = readSettings(dataDir)
const root = join(ROOT, 'web')
process.chdir(root) // its plugins look for their files from here

const server = await createServer({
  root,
  configFile: join(root, 'vite.config.ts'),
  cacheDir: join(dataDir, 'vite'),
  plugins: [{ name: 'headers', configureServer: ({ middlewares }) => void middlewares.use(secure) }],
  // Icons are Svelte files; web/package.json names no packages, so Vite cannot know.
  ssr: { noExternal: ['@lucide/svelte'] },
  server: {
    host: '127.0.0.1',
    port: ports.api,
    strictPort: true,
    proxy: {
      '^/(api|auth|healthz|readyz)(?=/|\\?|$)': {
        target: `http://127.0.0.1:${ports.apiBehindPages}`,
        configure: (proxy) => proxy.on('error', (_error, _request, response) => sayThatItStarts(response)),
      },
    },
  },
})
await server.listen()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.close().finally(() => process.exit(0)))

/** As the server around the built pages does (api/http/server.ts). */
function secure(_request: unknown, response: ServerResponse, next: () => void): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  next()
}

/** The API is being started again: callers do as they do whenever it is away. */
function sayThatItStarts(response: object): void {
  if (!('writeHead' in response)) return
  const answer = response as ServerResponse
  if (!answer.headersSent) answer.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' })
  answer.end('The API is being started')
}
