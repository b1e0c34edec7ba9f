/** Times and how they are shown: percentiles, tables. */

/** The smallest value that at least `percent` of all values do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return NaN
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.max(rank, 1) - 1]!
}

export type Times = { count: number; p50: number; p99: number; max: number }
export const timesOf = (values: readonly number[]): Times => ({
  count: values.length,
  p50: percentile(values, 50),
  p99: percentile(values, 99),
  max: percentile(values, 100),
})

/** Times by the name of what was done. */
export class Recorder {
  readonly values = new Map<string, number[]>()

  add(name: string, milliseconds: number): void {
    const known = this.values.get(name)
    if (known) known.push(milliseconds)
    else this.values.set(name, [milliseconds])
  }
  /** Runs it and keeps how long it took; a failure is thrown on and not kept. */
  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    const result = await work()
    this.add(name, performance.now() - began)
    return result
  }
  all(): Record<string, Times> {
    return Object.fromEntries([...this.values].map(([name, values]) => [name, timesOf(values)]))
  }
  /** Everything that was timed, taken together. */
  together(...except: string[]): Times {
    return timesOf(
      [...this.values].filter(([name]) => !except.includes(name)).flatMap(([, values]) => values),
    )
  }
}

/** Three significant digits below 1,000, whole numbers above. */
export function short(value: number): string {
  if (value === Infinity) return 'never'
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

export type Cell = string | number
/** A Markdown table, columns aligned for the terminal; numbers stand at the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? short(cell) : cell)))
  const widths = head.map((title, at) =>
    Math.max(title.length, ...texts.map((row) => (row[at] ?? '').length)),
  )
  const isNumber = head.map((_, at) => rows.some((row) => typeof row[at] === 'number'))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (isNumber[at] ? (cells[at] ?? '').padStart(width) : (cells[at] ?? '').padEnd(width))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (isNumber[at] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [line(head), rule, ...texts.map(line)].join('\n')
}
