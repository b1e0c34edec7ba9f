import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { hasEnded, supervise } from '../../local/supervise.ts'
import { until } from '../../local/processes.ts'

it('restarts that overtake each other leave one process', async () => {
  const born: ChildProcess[] = []
  let preparing = 0
  const child = supervise({
    name: 'sleeper',
    say: () => undefined,
    spawned: () => undefined,
    start: async (spawned) => {
      // The first restart prepares longer than the second.
      await pause(++preparing === 2 ? 300 : 0)
      const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
      born.push(sleeper)
      spawned(sleeper)
      return sleeper
    },
  })
  onTestFinished(() => born.forEach((one) => one.kill('SIGKILL')))
  await child.ready
  await Promise.all([child.restart(), child.restart(), pause(50).then(() => child.restart())])
  const living = () => born.filter((one) => !hasEnded(one)).length
  expect(await until(() => preparing > 2 && living() === 1, 5_000)).toBe(true)
  await child.stop()
  expect(await until(() => living() === 0, 5_000)).toBe(true)
})
