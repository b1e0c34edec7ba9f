import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** An empty folder, gone after the test. */
export function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hgrip-local-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An empty folder, gone after the tests of the file. */
export function folderUntilTheEnd(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hgrip-local-')))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
