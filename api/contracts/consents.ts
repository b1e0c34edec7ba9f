import { z } from 'zod'
import type { Contract } from './contract.ts'
import { Accepted, body, IdempotencyKey, json, problems, Time } from './contract.ts'
import { code } from './fields.ts'
import { Consent, File, fileParams } from './files.ts'

/**
 * R25, R27. 201 when the mail server has accepted the mail; 202 while it is on its way, and only then:
 * repeating the request asks again for its status. 200 when it will not arrive, and why.
 */
export const sendCode = {
  method: 'post',
  path: '/backups/{backupId}/files/{fileId}/code',
  summary: 'Mail a code to the depositor',
  access: ['researcher'],
  authorisedOnly: true,
  request: { params: fileParams, headers: IdempotencyKey },
  responses: {
    200: json(
      z
        .object({ status: z.literal('undelivered'), trouble: Consent.shape.trouble, serverNow: Time })
        .meta({ id: 'CodeUndelivered' }),
      'The mail server refused the mail for good; another one may be sent at once',
    ),
    201: json(
      z.object({ sentAt: Time, expiresAt: Time, resendAt: Time, serverNow: Time }).meta({ id: 'CodeSent' }),
      'The mail server has accepted the mail',
    ),
    202: json(
      z
        .object({ status: z.literal('sending'), serverNow: Time })
        .meta({ id: 'CodeSending' })
        .or(Accepted),
      'The mail is on its way; the 48 hours start when it is accepted',
    ),
    409: problems[409],
    423: problems[423],
  },
} as const satisfies Contract

/** R28. On a file that is done: 200. */
export const enterCode = {
  method: 'post',
  path: '/backups/{backupId}/files/{fileId}/verification',
  summary: 'Enter the code that the depositor received',
  access: ['researcher'],
  authorisedOnly: true,
  request: {
    params: fileParams,
    headers: IdempotencyKey,
    ...body(z.strictObject({ code }).meta({ id: 'CodeEntry' })),
  },
  responses: {
    200: json(File, 'Right: the file is done'),
    202: json(Accepted, 'In progress'),
    409: problems[409],
    410: problems[410],
    423: problems[423],
  },
} as const satisfies Contract
