import { type Db, isReachable } from '../../db/connect.ts'

type Check = 'ok' | 'failed'
export type ReadinessReport = {
  status: 'ready' | 'not ready'
  checks: { database: Check; temporal: Check; worker: Check; pages: Check }
}

/** Whether Temporal answers, and whether a worker asks it for work. */
export type Process = { temporal: boolean; worker: boolean }

/** What /readyz says. The parts are asked at most once a second, also under many requests. */
export function readiness(parts: {
  db: Db
  process: () => Promise<Process>
  hasPages: () => boolean
}): () => Promise<ReadinessReport> {
  return once(1_000, async () => {
    const [database, process] = await Promise.all([isReachable(parts.db), parts.process()])
    const checks = {
      database: said(database),
      temporal: said(process.temporal),
      worker: said(process.worker),
      pages: said(parts.hasPages()),
    }
    const ready = Object.values(checks).every((check) => check === 'ok')
    return { status: ready ? 'ready' : 'not ready', checks }
  })
}

const said = (fine: boolean): Check => (fine ? 'ok' : 'failed')

/** Remembers an answer for this time, and gives the same one to every caller until then. */
export function once<T>(milliseconds: number, ask: () => Promise<T>): () => Promise<T> {
  let known: { until: number; answer: Promise<T> } | undefined
  return () => {
    const now = performance.now() // a wall clock that is set back would keep it for as long
    if (!known || known.until <= now) known = { until: now + milliseconds, answer: ask() }
    return known.answer
  }
}
