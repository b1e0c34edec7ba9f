import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  cpuSeconds,
  environmentOf,
  parseBusy,
  parseResident,
  parseStat,
  resident,
  treeSeconds,
} from './proc.ts'

const line =
  '4711 (postgres: a) b (c) S 17 4711 4711 0 -1 4194304 900 800 1 2 11 22 33 44 20 0 1 0 12345 100 200 18446744073709551615'

describe('what /proc says', () => {
  it('of a process: own time and that of ended children, also when its name holds spaces and brackets', () => {
    expect(parseStat(line)).toEqual({ pid: 4711, parent: 17, ticks: 11 + 22 + 33 + 44 })
  })
  it('of memory: resident bytes; a process that ended holds none', () => {
    expect(parseResident('Name:\tnode\nVmHWM:\t 2048 kB\nVmRSS:\t    1024 kB\n')).toBe(1024 * 1024)
    expect(parseResident('Name:\tnode\nState:\tZ (zombie)\n')).toBe(0)
  })
  it('of the machine: all that is not idle or waiting', () => {
    expect(parseBusy('cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n', 100)).toBe(1.71)
  })
  it('adds up a tree, and leaves out what is not below', () => {
    const stats = [
      { pid: 1, parent: 0, ticks: 1000 },
      { pid: 10, parent: 1, ticks: 100 },
      { pid: 11, parent: 10, ticks: 20 },
      { pid: 12, parent: 11, ticks: 3 },
      { pid: 20, parent: 1, ticks: 500 },
    ]
    expect(treeSeconds(stats, [10], 100)).toBe(1.23)
    expect(treeSeconds(stats, [10, 20], 100)).toBe(6.23)
    expect(treeSeconds(stats, [99], 100)).toBe(0)
  })
})

describe('real processes', () => {
  const busy = `const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until);`
  it('a child’s time is counted while it runs and after it ended', async () => {
    // The parent starts a busy child, and says when the child has ended.
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(busy)}]);
         process.stdout.write('done'); process.stdin.resume()`,
      ],
      { env: { ...process.env, MARK: 'a=b' } },
    )
    try {
      const processes = { parent: [parent.pid ?? 0] }
      const before = cpuSeconds(processes)['parent'] ?? NaN
      await once(parent.stdout, 'data')
      expect((cpuSeconds(processes)['parent'] ?? NaN) - before).toBeGreaterThan(0.29)
      expect(resident(parent.pid ?? 0)).toBeGreaterThan(10 * 2 ** 20)
      expect(environmentOf(parent.pid ?? 0)['MARK']).toBe('a=b')
    } finally {
      parent.kill('SIGKILL')
    }
  })
})
