import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../../local/build.ts'
import { until } from '../../local/processes.ts'
import { folderForTest } from './folder.ts'

/** The command lines that name this folder. */
const runningIn = (folder: string): string[] =>
  globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
    try {
      const line = readFileSync(file, 'utf8').replaceAll('\0', ' ')
      return line.includes(folder) ? [line] : []
    } catch {
      return [] // it has ended
    }
  })

test.runIf(process.platform === 'linux')(
  'ended while initdb runs, npm start ends, and leaves nothing behind',
  async () => {
    const folder = folderForTest()
    const env = { ...process.env, DATA_DIR: folder, PORT: '0', CONTROL_PORT: '0', TEMPORAL_UI_PORT: '0' }
    const start = spawn(process.execPath, ['local/start.ts'], { cwd: ROOT, env, stdio: 'ignore' })
    onTestFinished(() => void start.kill('SIGKILL'))
    const isMaking = () => runningIn(folder).some((line) => line.includes('initdb'))
    expect(await until(isMaking, 20_000)).toBe(true)
    expect(existsSync(join(folder, 'postgres', 'data', 'complete'))).toBe(false)
    start.kill('SIGTERM')
    expect(await until(() => start.exitCode !== null, 20_000)).toBe(true)
    expect(start.exitCode).toBe(0)
    expect(runningIn(folder)).toEqual([])
  },
)
