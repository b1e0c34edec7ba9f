import { DefaultFailureConverter } from '@temporalio/common'

/** Messages and stacks of failures go through the codec too (R59). Loaded by path. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
