import { describe, expect, it } from 'vitest'
import { todos, waitCounts, type Todo } from '../../domain/backup/todos.ts'
import type { Cause } from '../../domain/backup/outside.ts'
import type { DataFile } from '../../domain/backup/state.ts'
import { aFile, consents, now, type ConsentName } from './builders.ts'

const watched = (id: string, given: Partial<DataFile>, cause: Cause | null = null) => ({
  ...aFile({ id, ...given }),
  cause,
})
const pending = (id: string, name: ConsentName) => watched(id, { consent: consents[name] })
const done = watched('done', { status: 'done' })
const mismatch = watched('mismatch', { status: 'mismatch' })

describe('R32 what the researcher can do next', () => {
  it.each<[string, ReturnType<typeof watched>[], Todo[]]>([
    ['no file yet', [], [{ act: 'add', fileIds: [] }]],
    ['all done', [done], [{ act: 'submit', fileIds: [] }]],
    [
      'all done but one that does not count',
      [done, mismatch],
      [
        { act: 'submit', fileIds: [] },
        { act: 'correct', fileIds: ['mismatch'] },
      ],
    ],
    [
      'only one that does not count',
      [mismatch],
      [
        { act: 'correct', fileIds: ['mismatch'] },
        { act: 'add', fileIds: [] },
      ],
    ],
    [
      'codes before corrections',
      [
        pending('undelivered', 'undelivered'),
        pending('unsent', 'unsent'),
        pending('voided', 'voided'),
        pending('expired', 'sent 48 hours ago'),
        pending('sent', 'sent an hour ago'),
        done,
      ],
      [
        { act: 'send', fileIds: ['unsent', 'voided', 'expired'] },
        { act: 'correct', fileIds: ['undelivered'] },
      ],
    ],
    ['R27 not before the next code may be mailed', [pending('a', 'voided 4 minutes after the mail')], []],
    ['others have to act', [watched('a', { status: 'checking' }), pending('b', 'sending')], []],
  ])('%s', (_, files, expected) => {
    expect(todos(files, now)).toEqual(expected)
  })
})

describe('R32 how many files wait for whom', () => {
  it('the reader’s own first; a file that needs staff waits for them alone', () => {
    const files = [
      watched('locked', { wrongTriesForLife: 20 }),
      watched('nonsense', { status: 'checking' }, 'malformed'),
      watched('outage', { status: 'checking' }, 'timeout'),
      pending('sent', 'sent an hour ago'),
      pending('unsent', 'unsent'),
      mismatch,
      done,
    ]
    expect(waitCounts(files, now)).toEqual([
      { wait: 'researcher', files: 2 },
      { wait: 'depositor', files: 1 },
      { wait: 'repository', files: 1 },
      { wait: 'staff', files: 2 },
    ])
    expect(waitCounts([done], now)).toEqual([])
  })
})
