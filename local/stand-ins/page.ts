/** The frame of the stand-ins' pages. Colours and sizes are the product's, so that nothing distracts. */
import { html, raw } from 'hono/html'

export type Html = ReturnType<typeof html>

const style = `
:root { color-scheme: light; --text: #1f2329; --text-2: #4e5969; --brand: #0958d9; --header: #0b2e63; --page: #f4f6f9; --line: #d9dee5;
  --control: #7a8594; --th: #eef2f7; --notice: #fffbe6; --danger: #b42318; --ok: #116329; --focus: #0b57d0 }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text);
  font: 14px/22px "PingFang SC", "Microsoft YaHei", "Noto Sans SC", system-ui, sans-serif; font-variant-numeric: tabular-nums }
header { background: var(--header); color: #fff; padding: 16px 24px }
header p { margin: 4px 0 0; color: #c7d6ee }
main { max-width: 1200px; margin: 0 auto; padding: 16px; display: grid; gap: 16px }
section { background: #fff; border-radius: 8px; padding: 16px; min-width: 0; overflow-wrap: anywhere }
h1 { font-size: 20px; line-height: 28px; margin: 0 } h2 { font-size: 16px; line-height: 24px; margin: 0 0 8px }
h3 { font-size: 14px; margin: 16px 0 4px }
p { margin: 4px 0 8px } .hint { color: var(--text-2) } .error { color: var(--danger); font-weight: 600 } .ok { color: var(--ok); font-weight: 600 }
a { color: var(--brand) } nav { display: flex; flex-wrap: wrap; gap: 8px 16px }
header a { color: #fff }
.scroll { overflow-x: auto } .scroll table { min-width: 560px } table { border-collapse: collapse; width: 100% } caption { text-align: start; color: var(--text-2) }
th, td { text-align: start; padding: 8px; border-bottom: 1px solid var(--line); vertical-align: top } th { background: var(--th) }
form { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; margin: 0 } label { display: grid; gap: 4px }
input, select, button { font: inherit; min-height: 36px; padding: 4px 12px; border: 1px solid var(--control); border-radius: 4px; background: #fff; color: inherit; max-width: 100% }
button { cursor: pointer } button.primary { background: var(--brand); border-color: var(--brand); color: #fff }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px } header :focus-visible { outline-color: #fff }
pre { white-space: pre-wrap; background: var(--page); padding: 8px; margin: 0; font: inherit } code { font-family: ui-monospace, monospace }
iframe { width: 100%; height: 480px; border: 1px solid var(--line); border-radius: 4px }
.login { max-width: 480px; margin: 0 auto; width: 100% } .login form { display: grid; align-items: stretch } .people { display: grid; gap: 8px; margin-top: 16px }
@media (max-width: 767px) { input, select, button { min-height: 44px } main { padding: 8px } }`

export interface Page {
  title: string
  lead: string
  body: Html | Html[] | Promise<Html>
}

export function page({ title, lead, body }: Page): Html {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${lead}</p>
        </header>
        <main>${body}</main>
      </body>
    </html>`
}

const beijing = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** As people in the product read times: Beijing. */
export const beijingTime = (iso: string): string => beijing.format(new Date(iso))
