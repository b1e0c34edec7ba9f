/** What the errors of Temporal's client mean for a command (as tried on servers 1.29 and 1.32). */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { unreadablePayload } from '../../workflows/backup/commands.ts'
import { type Refusal, type RefusalCode, refusalCodes } from '../../domain/result.ts'

/** A refusal, if that is what the error carries. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure))
    return undefined
  const { type, details } = error.cause
  if (!isRefusalCode(type)) return undefined
  // Refusals are made by `refusal` of domain/result: params are plain values.
  return { ok: false, code: type, params: (details?.[0] ?? {}) as Refusal['params'] }
}
const isRefusalCode = (type: string | null | undefined): type is RefusalCode =>
  refusalCodes.some((code) => code === type)

/** The process does not run, or ended without deciding. */
export const isGone = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError || failureType(error) === 'AcceptedUpdateCompletedWorkflow'
/**
 * A workflow task that failed took the update along: the process wanted to end just when something else came, or its
 * worker stopped. Nothing of the update is kept.
 */
export const isDropped = (error: unknown): boolean =>
  error instanceof ServiceError &&
  isGrpcServiceError(error.cause) &&
  Number(error.cause.code) === failedPrecondition
/** gRPC’s number. */
const failedPrecondition = 9
/** `UnprocessedUpdate`: more than ten were on their way at once. */
export const isNoAnswer = (error: unknown): boolean =>
  isGone(error) || isDropped(error) || failureType(error) === 'UnprocessedUpdate'

/** API and worker do not have the same keys (yet). The process keeps nothing of it, so the same request goes on later. */
export const isUnreadable = (error: unknown): boolean => failureType(error) === unreadablePayload

const failureType = (error: unknown): string | null | undefined =>
  error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure
    ? error.cause.type
    : undefined

export const isTemporalOutage = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
  error instanceof ServiceError ||
  isGrpcServiceError(error)
