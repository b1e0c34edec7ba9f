/** What Linux says of processes: CPU time with all descendants, memory. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export type Stat = {
  pid: number
  parent: number
  /** Own time and that of children that ended and were waited for, in clock ticks. */
  ticks: number
}

/** One line of /proc/<pid>/stat; the name in brackets may hold blanks and brackets. */
export function parseStat(line: string): Stat {
  const [pid = ''] = line.split(' ', 1)
  const [, parent, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  // proc(5): state and ppid were fields 3 and 4; utime, stime, cutime and cstime are 14 to 17.
  const ticks = rest.slice(9, 13).reduce((sum, field) => sum + Number(field), 0)
  return { pid: Number(pid), parent: Number(parent), ticks }
}

/** Resident memory in bytes, from /proc/<pid>/status. */
export function parseResident(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** CPU seconds of each root with its descendants. Time of a child that ends is in its parent from then on. */
export function treeSeconds(
  stats: readonly Stat[],
  roots: readonly number[],
  ticksPerSecond: number,
): number {
  const children = Map.groupBy(stats, ({ parent }) => parent)
  const byPid = new Map(stats.map((stat) => [stat.pid, stat]))
  const below = (pid: number): number =>
    (byPid.get(pid)?.ticks ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + below(child.pid), 0)
  return roots.reduce((sum, root) => sum + below(root), 0) / ticksPerSecond
}

let ticks: number | undefined
const ticksPerSecond = (): number => (ticks ??= Number(execFileSync('getconf', ['CLK_TCK']).toString()))

export type Processes = Record<string, number[]>

/** CPU seconds so far by name. */
export function cpuSeconds(processes: Processes): Record<string, number> {
  const stats = readAll()
  return Object.fromEntries(
    Object.entries(processes).map(([name, pids]) => [name, treeSeconds(stats, pids, ticksPerSecond())]),
  )
}

export const resident = (pid: number): number => parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** The variables that a process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(pairs.map(splitPair))
}

/** `name=value`, where the value may hold more of these signs. */
export function splitPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** CPU seconds that the whole machine has worked so far, from the first line of /proc/stat. */
export function parseBusy(stat: string, ticksPerSecond: number): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? []
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond
}
export const busySeconds = (): number => parseBusy(readFileSync('/proc/stat', 'utf8'), ticksPerSecond())

function readAll(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))]
      } catch {
        return [] // it ended between the list and the look
      }
    })
}
