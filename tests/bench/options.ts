/** What `npm run bench` is told. */
import { parseArgs } from 'node:util'

const parts = ['life', 'pages', 'paint', 'memory', 'kill', 'reads', 'compare'] as const
export type Part = (typeof parts)[number]

export type Options = {
  parts: Part[]
  /** A production server with Postgres; without, the dev server of `npm start`. */
  server: boolean
  clients: number[]
  seconds: number
  warmUp: number
  rounds: number
  drafts: number
  rows: number
  lives: number
  out: string
}

const usage = `npm run bench -- [${parts.join(' | ')}]… [options]    (no part: all but reads)
  --server         on a Temporal server with Postgres, built from the official Go modules
  --clients 1,4,16 closed loop, one after the other; compare takes the last
  --seconds 20     of each measurement
  --warm-up 10     seconds before it that do not count
  --rounds 2       compare: how often the arms take turns
  --drafts 200     memory: open drafts
  --rows 1000000   reads: backups
  --lives 12000    data sets in the world
  --out FILE       where the JSON goes, by default .local/bench.json`

export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      server: { type: 'boolean', default: false },
      clients: { type: 'string', default: '1,4,16' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '10' },
      rounds: { type: 'string', default: '2' },
      drafts: { type: 'string', default: '200' },
      rows: { type: 'string', default: '1000000' },
      lives: { type: 'string', default: '12000' },
      out: { type: 'string', default: '.local/bench.json' },
    },
  })
  const number = (name: 'seconds' | 'warm-up' | 'rounds' | 'drafts' | 'rows' | 'lives'): number => {
    const value = Number(values[name])
    if (!(value > 0)) throw new Error(`--${name} ${values[name]} is not a positive number\n${usage}`)
    return value
  }
  const clients = values.clients.split(',').map(Number)
  if (clients.some((count) => !Number.isInteger(count) || count < 1))
    throw new Error(`--clients ${values.clients} are not numbers of clients\n${usage}`)
  const chosen = positionals.map((name) => {
    const part = parts.find((known) => known === name)
    if (!part) throw new Error(`${name} is unknown\n${usage}`)
    return part
  })
  return {
    parts: chosen.length > 0 ? chosen : parts.filter((part) => part !== 'reads'),
    server: values.server,
    clients,
    seconds: number('seconds'),
    warmUp: number('warm-up'),
    rounds: number('rounds'),
    drafts: number('drafts'),
    rows: number('rows'),
    lives: number('lives'),
    out: values.out,
  }
}
