/** The readable form of the OpenAPI document, from our own files and without script. */
import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Env } from '../deps.ts'
import type { OpenApiDocument } from './openapi.ts'
import { statusOf, titleOf } from './problems.ts'
import type { ProblemCode } from '../contracts/contract.ts'

type Operation = {
  summary?: string
  description?: string
  parameters?: { name: string; in: string; required?: boolean; schema: unknown }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>
}

export function docsPage(c: Context<Env>, document: OpenApiDocument): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64')
  c.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'`,
  )
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  )
  const codes = Object.entries(statusOf) as [ProblemCode, number][] // the keys of that table
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>API</title>
        <style nonce="${nonce}">
          ${style}
        </style>
        <main>
          <h1>${document.info.title}</h1>
          <p class="text">${document.info.description}</p>
          <p><a href="/api/v1/openapi.json">OpenAPI 3.1</a></p>
          <h2>Endpoints</h2>
          ${operations.map(({ path, method, operation }) => showOperation(method, path, operation))}
          <h2>Schemas</h2>
          ${Object.entries(document.components?.schemas ?? {}).map(
            ([name, schema]) =>
              html`<details id="schema-${name}">
                <summary><code>${name}</code></summary>
                ${showSchema(schema)}
              </details>`,
          )}
          <h2>Problem codes</h2>
          <dl>
            ${codes.map(
              ([code, status]) =>
                html`<dt id="${code}"><code>${code}</code></dt>
                  <dd>${status} · ${titleOf(code)}</dd>`,
            )}
          </dl>
        </main>
      </html>`,
  )
}

const showOperation = (method: string, path: string, operation: Operation) =>
  html`<details>
    <summary><b>${method.toUpperCase()}</b> <code>/api/v1${path}</code> ${operation.summary}</summary>
    <p>${operation.description}</p>
    ${(operation.parameters ?? []).map(
      (parameter) =>
        html`<p>
          <code>${parameter.name}</code> (${parameter.in}${parameter.required ? ', required' : ''})
          <code>${JSON.stringify(parameter.schema)}</code>
        </p>`,
    )}
    ${Object.values(operation.requestBody?.content ?? {}).map(
      ({ schema }) =>
        html`<p>Body</p>
          ${showSchema(schema)}`,
    )}
    <dl>
      ${Object.entries(operation.responses).map(
        ([status, { description, content }]) =>
          html`<dt>${status}</dt>
            <dd>
              ${description}
              ${Object.values(content ?? {}).map(({ schema }) => html`<code>${refOf(schema)}</code>`)}
            </dd>`,
      )}
    </dl>
  </details>`

const showSchema = (schema: unknown) => html`<pre>${JSON.stringify(schema, null, 2)}</pre>`

/** A schema in a line: names instead of pointers. */
const refOf = (schema: unknown): string =>
  JSON.stringify(schema).replaceAll(/\{"\$ref":"#\/components\/schemas\/(\w+)"\}/g, '$1')

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 0 }
  main { max-width: 60rem; margin: 0 auto; padding: 1rem }
  .text { white-space: pre-line }
  summary { cursor: pointer; padding: 0.25rem 0 }
  details { border-bottom: 1px solid #d5d9de }
  pre, code { font: 14px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
  dt { font-weight: 600 }
  a { color: #0b57a4 }
`
