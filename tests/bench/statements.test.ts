import { describe, expect, it } from 'vitest'
import { count, countStatements, parseLog } from './statements.ts'

const log = `2026-11-29 12:00:00 UTC LOG:  checkpoint starting: time
[hgrip-bench hgrip_api hgrip] LOG:  statement: begin; select set_config('app.actor_id', 'a;b', true)
[hgrip-bench hgrip_api hgrip] LOG:  execute <unnamed>: select *
\tfrom "backups"
\twhere "id" = $1
[hgrip-bench hgrip_api hgrip] DETAIL:  Parameters: $1 = 'x'
[hgrip-bench hgrip_worker hgrip] LOG:  execute s12: update "owed" set "tries" = $1
[hgrip-bench hgrip_worker hgrip] ERROR:  duplicate key value violates unique constraint "x"
[hgrip-bench hgrip_worker hgrip] STATEMENT:  insert into "owed" values ($1)
[hgrip-bench  ] LOG:  received SIGHUP, reloading configuration files
[hgrip-bench hgrip_api hgrip] LOG:  statement: commit
`

describe('statements in the log of Postgres', () => {
  it('are those that were executed, with their continuation lines and whose they are', () => {
    expect(parseLog(log)).toEqual([
      { user: 'hgrip_api', database: 'hgrip', text: `begin; select set_config('app.actor_id', 'a;b', true)` },
      { user: 'hgrip_api', database: 'hgrip', text: 'select *\nfrom "backups"\nwhere "id" = $1' },
      { user: 'hgrip_worker', database: 'hgrip', text: 'update "owed" set "tries" = $1' },
      { user: 'hgrip_api', database: 'hgrip', text: 'commit' },
    ])
  })
  it('are counted one by one, messages as they were sent', () => {
    expect(count(parseLog(log))).toEqual({
      statements: 5,
      messages: 4,
      byUser: { hgrip_api: 4, hgrip_worker: 1 },
    })
  })
  it.each([
    ['commit', 1],
    ['begin;', 1],
    ['begin; select 1; commit', 3],
    [`select 'a;b', 'it''s; so'`, 1],
    ['select "a;b" -- and; so on', 1],
    ['select $$a;b$$; select $f$c;d$f$ /* e;f */', 2],
  ])('%s', (text, statements) => {
    expect(countStatements(text)).toBe(statements)
  })
})
