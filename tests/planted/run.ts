/**
 * `npm run test:planted`: plants one bug after the other in a copy of the committed code and shows which tests
 * turn red. Ends with 1 when a bug stays unseen, or no longer fits the code.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bugs, type Bug } from './bugs.ts'

const root = join(import.meta.dirname, '../..')
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })

const copy = join(mkdtempSync(join(tmpdir(), 'hgrip-planted-')), 'copy')
git('worktree', 'add', '--detach', copy, 'HEAD')
// Package by package, without `.cache`: what was built there is the copy's own, from the sources with the bug.
mkdirSync(join(copy, 'node_modules'))
for (const name of readdirSync(join(root, 'node_modules')))
  if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
try {
  const wanted = process.argv.slice(2)
  const unseen = bugs
    .filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .filter((bug) => !isSeen(bug))
  console.log(unseen.length === 0 ? 'Every planted bug was seen' : `Unseen: ${unseen.length}`)
  process.exitCode = unseen.length === 0 ? 0 : 1
} finally {
  git('worktree', 'remove', '--force', copy)
  rmSync(join(copy, '..'), { recursive: true, force: true })
}

/** Plants it, runs its tests, takes it out again. */
function isSeen({ name, file, from, to, tests }: Bug): boolean {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  const planted = text.replace(from, to)
  if (planted === text) {
    console.log(`✗ ${name}: ${file} does not hold its place any more`)
    return false
  }
  writeFileSync(path, planted)
  try {
    const outputFile = join(copy, 'results.json')
    rmSync(outputFile, { force: true })
    const options = ['--reporter=json', `--outputFile=${outputFile}`, '--bail=1']
    const { status } = spawnSync('vitest', ['run', ...options, tests], { cwd: copy, stdio: 'ignore' })
    const red = existsSync(outputFile) ? redTest(readFileSync(outputFile, 'utf8')) : undefined
    console.log(status === 0 ? `✗ ${name}: nothing turned red in ${tests}` : `✓ ${name}: ${red}`)
    return status !== 0 && red !== undefined
  } finally {
    writeFileSync(path, text)
  }
}

type Results = {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[]
}

/** The first test that failed. */
function redTest(output: string): string | undefined {
  const { testResults } = JSON.parse(output) as Results
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed')?.fullName
}
