import { type Db, isReachable } from '../../db/connect.ts'

type Check = 'ok' | 'failed'
/** Can pages be served: what a load balancer asks. Without Temporal they can, and people read on. */
type Shallow = { status: 'ready' | 'not ready'; checks: { database: Check; pages: Check } }
/** All that people's commands need, and what an operator should mend. */
type Deep = {
  status: 'ready' | 'not ready'
  checks: Shallow['checks'] & { temporal: Check; worker: Check }
  warnings: readonly string[]
}
export type Readiness = { shallow: () => Promise<Shallow>; deep: () => Promise<Deep> }

/** Whether Temporal answers, and whether a worker asks it for work. */
export type Process = { temporal: boolean; worker: boolean }

/** What /readyz and /readyz?deep say. The parts are asked at most once a second, also under many requests. */
export function readiness(parts: {
  db: Db
  process: () => Promise<Process>
  hasPages: () => boolean
  warnings?: readonly string[]
}): Readiness {
  const shallow = once(1_000, async () => {
    const checks = { database: said(await isReachable(parts.db)), pages: said(parts.hasPages()) }
    return { status: statusOf(checks), checks }
  })
  const deep = async () => {
    const [{ checks: served }, { temporal, worker }] = await Promise.all([shallow(), parts.process()])
    const checks = { ...served, temporal: said(temporal), worker: said(worker) }
    return { status: statusOf(checks), checks, warnings: parts.warnings ?? [] }
  }
  return { shallow, deep: once(1_000, deep) }
}

const statusOf = (checks: Record<string, Check>): 'ready' | 'not ready' =>
  Object.values(checks).every((check) => check === 'ok') ? 'ready' : 'not ready'
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
