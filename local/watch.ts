/** `npm run dev`: a changed source starts the processes again that read it. */
import { watch } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './build.ts'

/** Which rooms a process reads. Pages look after themselves: Vite follows what they import. */
const SOURCES = {
  api: ['api', 'db', 'domain', 'runtime', 'workflows'],
  worker: ['worker', 'activities', 'db', 'domain', 'runtime', 'workflows'],
  'stand-ins': ['local/stand-ins', 'local/world'],
} as const
export type Watched = keyof typeof SOURCES
/** An editor writes a file in several steps, and a checkout several files. */
const QUIET_MS = 50

/** Calls `changed` with a process and the file, until `ending` is aborted. */
export function watchSources(changed: (name: Watched, file: string) => void, ending: AbortSignal): void {
  const due = new Map<Watched, NodeJS.Timeout>()
  const readers = Object.entries(SOURCES) as [Watched, readonly string[]][]
  for (const folder of new Set(readers.flatMap(([, folders]) => folders))) {
    const names = readers.filter(([, folders]) => folders.includes(folder)).map(([name]) => name)
    watch(join(ROOT, folder), { recursive: true, signal: ending }, (_event, file) => {
      if (file === null || !/\.(ts|json)$/.test(file)) return
      for (const name of names) {
        clearTimeout(due.get(name))
        due.set(
          name,
          setTimeout(() => changed(name, join(folder, file)), QUIET_MS),
        )
      }
    })
  }
  ending.addEventListener('abort', () => due.forEach((timer) => clearTimeout(timer)))
}
