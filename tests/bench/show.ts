/** Measurements as tables. */
import { type Measured, sumOf } from './bench.ts'
import type { Cell } from './measures.ts'
import { table } from './measures.ts'

export type Row = { label: string; measured: Measured }

export function showLives(rows: readonly Row[]): string {
  const processes = [...new Set(rows.flatMap(({ measured }) => Object.keys(measured.cpu)))]
  const head = [
    'lives',
    'lives/s',
    'CPU ms a life',
    ...processes,
    'stand-ins',
    'client',
    'others, cores',
    'click p50',
    'p99',
  ]
  const cells = ({ label, measured }: Row): Cell[] => [
    label,
    measured.perSecond,
    measured.cpuTotal,
    ...processes.map((name) => measured.cpu[name] ?? '–'),
    measured.apart['stand-ins'] ?? '–',
    measured.apart['client'] ?? '–',
    measured.others,
    measured.click.p50,
    measured.click.p99,
  ]
  return table(head, rows.map(cells))
}

export function showStorage(rows: readonly Row[]): string {
  const head = [
    'lives',
    'measured',
    'events',
    'tasks',
    'regular activities',
    'commits app',
    'commits temporal',
    'writing app',
    'writing temporal',
    'WAL kB app',
    'WAL kB temporal',
    'full pages',
    'kB at rest app',
    'kB at rest temporal',
  ]
  const cells = ({ label, measured: { lives, histories, app, temporal } }: Row): Cell[] => [
    label,
    lives,
    histories?.events ?? '–',
    histories?.workflowTasks ?? '–',
    histories?.regularActivities ?? '–',
    sumOf(app.commits),
    temporal ? sumOf(temporal.commits) : '–',
    app.writes.transactions,
    temporal ? temporal.writes.transactions : '–',
    app.wal.bytes / 1024,
    temporal ? temporal.wal.bytes / 1024 : '–',
    app.wal.fullPageImages + (temporal?.wal.fullPageImages ?? 0),
    sumOf(app.bytes) / 1024,
    temporal ? sumOf(temporal.bytes) / 1024 : '–',
  ]
  return table(head, rows.map(cells))
}

export function showTimes(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(({ measured }) => Object.keys(measured.times)))]
  const head = ['p50 / p99 ms', ...rows.map(({ label }) => label)]
  const cell = ({ measured }: Row, name: string): string => {
    const times = measured.times[name]
    return times ? `${times.p50.toFixed(1)} / ${times.p99.toFixed(0)}` : '–'
  }
  return table(
    head,
    names.map((name) => [name, ...rows.map((row) => cell(row, name))]),
  )
}
