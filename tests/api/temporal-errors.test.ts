/** What the errors of Temporal's client mean for a command. */
import { ServiceError } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import { isDropped, isNoAnswer } from '../../api/process/errors.ts'

/** As the client makes them of gRPC's status. */
const serviceError = (code: number, details: string) =>
  new ServiceError('Workflow Update failed', {
    cause: Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} }),
  })

describe('R54 an update that its workflow task took along', () => {
  it('is sent again at once', () => {
    const dropped = serviceError(
      9,
      'Unable to perform workflow execution update due to unexpected workflow task failure.',
    )
    expect(isDropped(dropped)).toBe(true)
    expect(isNoAnswer(dropped)).toBe(true)
  })
  it('is no outage of Temporal, and an outage is not that', () => {
    const away = serviceError(14, 'No connection established.')
    expect(isDropped(away)).toBe(false)
    expect(isNoAnswer(away)).toBe(false)
  })
})
