/** A Chromium with a Chinese font: the one named, the one installed, or one fetched once. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, type Browser } from 'playwright-core'

const run = promisify(execFile)

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const APT_GET = '/usr/bin/apt-get'
const FONT_PACKAGE = 'fonts-noto-cjk'
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const isRoot = process.getuid?.() === 0
const canInstall = isRoot && existsSync(APT_GET)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium()
  await ensureChineseFont()
  // Chromium's sandbox refuses to run as root.
  return await chromium.launch({ executablePath, args: [...FLAGS, ...(isRoot ? ['--no-sandbox'] : [])] })
}

async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_PATH
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM_PATH=${named}: there is no such file`)
  }
  const failures: string[] = []
  const ways = [installed, fromApt, fromPlaywright]
  for (const way of ways) {
    const found = await way().catch((error: Error) => void failures.push(`${way.name}: ${lastLine(error)}`))
    if (found) return found
  }
  throw new Error(
    ['No browser: install Chromium or Google Chrome, or name one with CHROMIUM_PATH', ...failures].join(
      '\n  ',
    ),
  )
}

const installed = (): Promise<string | undefined> =>
  Promise.resolve([...INSTALLED, chromium.executablePath()].find((path) => existsSync(path)))

async function fromApt(): Promise<string | undefined> {
  if (!canInstall) return undefined
  await install('chromium', FONT_PACKAGE)
  return await installed()
}

async function fromPlaywright(): Promise<string | undefined> {
  say('Downloading Chromium once (about 150 MB) …')
  const cli = join(dirname(fileURLToPath(import.meta.resolve('playwright-core/package.json'))), 'cli.js')
  await run(process.execPath, [cli, 'install', 'chromium'], { timeout: 300_000 })
  return await installed()
}

/** Without one, Chinese is boxes: nothing fails but the pictures. */
async function ensureChineseFont(): Promise<void> {
  const fonts = await run('fc-list', [':lang=zh', 'family']).catch(() => undefined)
  if (fonts?.stdout.trim() || !canInstall) return
  await install(FONT_PACKAGE).catch((error: Error) => say(`No Chinese font: ${lastLine(error)}`))
}

async function install(...packages: string[]): Promise<void> {
  say(`Installing ${packages.join(' and ')} once (a minute or two) …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run(APT_GET, ['update'], { env, timeout: 120_000 })
  await run(APT_GET, ['install', '-y', '--no-install-recommends', ...packages], {
    env,
    timeout: 300_000,
    maxBuffer: 50_000_000,
  })
}

const lastLine = (error: Error): string => error.message.trim().split('\n').at(-1) ?? ''
