import { html } from 'hono/html'
import { repositories as repositoryNames } from '../../domain/catalogue.ts'
import type { World } from '../world.ts'
import type { Accounts } from './accounts.ts'
import { type Faults, modes, type Target, targets } from './faults.ts'
import { describeAccount, PASSWORD } from './identity.ts'
import type { Inbox, Message } from './inbox.ts'
import { beijingTime, type Html, page } from './page.ts'
import type { ReportSystem } from './report-system.ts'
import type { Lookup } from './repositories.ts'

export interface Links {
  product: string
  /** Absent when we did not start Temporal. */
  temporalWeb?: string
}

export interface Shown {
  links: Links
  world: World
  accounts: Accounts
  faults: Faults
  inbox: Inbox
  repositories: { lookups: { entries: readonly Lookup[] } }
  report: ReportSystem
}

/** More would make the page slow; scripts get all of them. */
const SHOWN_MESSAGES = 50
const SHOWN_LOOKUPS = 20

const MODE_WORDS: Record<(typeof modes)[number], string> = {
  ok: '正常 works',
  down: '连不上 down',
  slow: '很慢 slow (20 s)',
  error: '报错 error',
  flapping: '时好时坏 flapping',
  wrong: '乱答 wrong answers',
}
const TARGET_WORDS: Partial<Record<Target, string>> = {
  mail: '邮件 Mail',
  sms: '短信 SMS',
  report: '人遗系统 HGR System',
}

export function controlPage(shown: Shown): Html {
  const { links } = shown
  return page({
    title: '外部世界 The outside world',
    lead: '备份平台以外的一切在本机上的替身 · Stand-ins on this machine for everything around the platform',
    body: html`<section>
        <nav aria-label="链接 Links">
          <a href="${links.product}">备份平台 The platform</a>
          ${links.temporalWeb && html`<a href="${links.temporalWeb}">Temporal Web（流程 workflows）</a>`}
          <a href="#accounts">账号 Accounts</a> <a href="#inbox">收件箱 Inbox</a>
          <a href="#faults">故障 Faults</a> <a href="#data-sets">数据集 Data sets</a>
          <a href="#report">人遗系统 HGR System</a> <a href="/">刷新 Refresh</a>
        </nav>
      </section>
      ${accountsSection(shown)} ${inboxSection(shown)} ${faultsSection(shown)} ${dataSetsSection(shown)}
      ${reportSection(shown)}`,
  })
}

export function messagePage(message: Message): Html {
  return page({
    title: message.subject,
    lead: `${message.from} → ${message.to} · ${beijingTime(message.at)}`,
    body: html`<section>
      <p><a href="/#inbox">返回收件箱 Back to the inbox</a></p>
      ${
        message.html &&
        html`<h2>HTML</h2>
          <iframe
            title="HTML"
            sandbox="allow-popups allow-popups-to-escape-sandbox"
            srcdoc="${`<base target="_blank">${message.html}`}"
          ></iframe>`
      }
      <h2>纯文本 Text</h2>
      <pre>${message.text}</pre>
    </section>`,
  })
}

function accountsSection({ accounts }: Shown): Html {
  return html`<section id="accounts">
    <h2>示例账号 Sample accounts</h2>
    <p class="hint">
      密码均为 <code>${PASSWORD}</code>。停用的账号不能登录，已有的登录随即结束。All passwords are
      <code>${PASSWORD}</code>. Who is disabled cannot sign in and is signed out at once.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">账号 Account</th>
            <th scope="col">是谁 Who</th>
            <th scope="col">邮箱 / 手机 E-mail / phone</th>
            <th scope="col">操作 Action</th>
          </tr>
        </thead>
        <tbody>
          ${accounts.all().map(
            (account) =>
              html`<tr>
                <td><code>${account.login}</code></td>
                <td>${describeAccount(accounts, account)}</td>
                <td>${account.email}<br />${account.phone}</td>
                <td>
                  <form method="post" action="/do/account">
                    <input type="hidden" name="login" value="${account.login}" />
                    <button
                      type="submit"
                      name="active"
                      value="${String(!account.active)}"
                      aria-label="${account.active ? '停用 Disable' : '启用 Enable'} ${account.login}"
                    >
                      ${account.active ? '停用 Disable' : '启用 Enable'}
                    </button>
                  </form>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

function inboxSection({ inbox }: Shown): Html {
  const messages = inbox.newestFirst()
  return html`<section id="inbox">
    <h2>收件箱 Inbox（${messages.length}）</h2>
    ${messages.length === 0 && html`<p class="hint">还没有邮件或短信。No mail or SMS yet.</p>`}
    <div class="scroll">
      <table>
        <tbody>
          ${messages.slice(0, SHOWN_MESSAGES).map(
            (message) =>
              html`<tr>
                <td>${message.kind === 'mail' ? '邮件 Mail' : '短信 SMS'}</td>
                <td>${beijingTime(message.at)}</td>
                <td>${message.to}</td>
                <td><a href="/inbox/${message.id}">${message.subject || '（无主题 no subject）'}</a></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

function faultsSection({ faults }: Shown): Html {
  const current = faults.all()
  return html`<section id="faults">
    <h2>故障开关 Fault switches</h2>
    <p class="hint">
      “仅限”可填数据集序列号、收件人或备份号。"Only for" takes an accession, a recipient or a backup number.
    </p>
    <div class="scroll">
      <table>
        <tbody>
          ${targets.map((target) => {
            const { mode, only = '' } = current[target]
            const name = TARGET_WORDS[target] ?? target
            return html`<tr>
              <th scope="row">${name}</th>
              <td class="${mode === 'ok' ? 'ok' : 'error'}">${MODE_WORDS[mode]}${only && ` · ${only}`}</td>
              <td>
                <form method="post" action="/do/fault">
                  <input type="hidden" name="target" value="${target}" />
                  <select name="mode" aria-label="${name} 状态 state">
                    ${modes.map((known) => html`<option value="${known}" ${known === mode ? 'selected' : ''}>${MODE_WORDS[known]}</option>`)}
                  </select>
                  <input
                    name="only"
                    value="${only}"
                    placeholder="仅限 Only for"
                    aria-label="${name} 仅限 only for"
                  />
                  <button type="submit">设置 Set</button>
                </form>
              </td>
            </tr>`
          })}
        </tbody>
      </table>
    </div>
  </section>`
}

function dataSetsSection({ world, repositories }: Shown): Html {
  const dataSets = world.dataSets()
  const lookups = repositories.lookups.entries.slice(-SHOWN_LOOKUPS).reverse()
  return html`<section id="data-sets">
    <h2>各数据库的数据集 Data sets of the repositories</h2>
    ${repositoryNames.map(
      (name) =>
        html`<h3>${name}</h3>
          <ul>
            ${dataSets
              .filter((dataSet) => dataSet.repository === name)
              .map(({ accession, account }) => html`<li><code>${accession}</code> · ${account}</li>`)}
          </ul>`,
    )}
    <h3>最近的查询 Latest look-ups（${repositories.lookups.entries.length}）</h3>
    <ul>
      ${lookups.map(
        ({ at, repository, accession, account, answer, mode }) =>
          html`<li>
            ${beijingTime(at)} · ${repository} · <code>${accession}</code> · ${account} ·
            ${answer ?? MODE_WORDS[mode]}
          </li>`,
      )}
    </ul>
  </section>`
}

function reportSection({ report }: Shown): Html {
  const backups = report.backups()
  return html`<section id="report">
    <h2>人遗系统 HGR System</h2>
    ${
      backups.length === 0
        ? html`<p class="hint">还没有收到备份号。No backup number has arrived yet.</p>`
        : html`<div class="scroll">
            <table>
              <caption>
                收到的备份号 Backup numbers that arrived
              </caption>
              <thead>
                <tr>
                  <th scope="col">备份号 Number</th>
                  <th scope="col">名称 Name</th>
                  <th scope="col">文件数 Files</th>
                  <th scope="col">MB</th>
                  <th scope="col">版本 Version</th>
                </tr>
              </thead>
              <tbody>
                ${backups.map(
                  (backup) =>
                    html`<tr>
                      <td><code>${backup.number}</code></td>
                      <td>${backup.name}</td>
                      <td>${backup.files}</td>
                      <td>${backup.sizeMb}</td>
                      <td>${backup.version}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}
