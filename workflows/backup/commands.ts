/** The messages of a backup's workflow. Commands are updates; the update's name is the command's type. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Actor } from '../../domain/actor.ts'
import type { CommandOf, PersonCommand } from '../../domain/backup/commands.ts'
import type { Answer } from '../../domain/backup/decision.ts'
import type { Mirror } from '../../domain/backup/mirror.ts'
import type { Activities } from '../../activities/index.ts'

export type CommandName = PersonCommand['type']
/** The activities that record a person's command. */
export type Step = keyof Pick<Activities, 'change' | 'changeAndSettle' | 'linkFile'>

/** The one table of commands: its words on the timeline in Temporal Web, and the activity that records it. */
export const commands = {
  editBackup: { summary: '修改备份 · edit the backup', step: 'change' },
  discard: { summary: '放弃备份 · discard the backup', step: 'change' },
  linkFile: { summary: '询问数据库并关联文件 · ask the repository, link the file', step: 'linkFile' },
  editFile: { summary: '修改文件 · edit the file', step: 'changeAndSettle' },
  removeFile: { summary: '删除文件 · remove the file', step: 'change' },
  sendCode: { summary: '发送验证码 · mail the code', step: 'changeAndSettle' },
  enterCode: { summary: '比对验证码 · compare the code', step: 'change' },
  submit: { summary: '签发备份号 · issue the number', step: 'changeAndSettle' },
} as const satisfies { readonly [T in CommandName]: { summary: string; step: Step } }

/**
 * A command on its way. `key` makes it happen once: the same key with the same command is the same act. Everything
 * that was typed travels in here, encrypted; ids, names and summaries hold none of it.
 */
export type CommandRequest<T extends CommandName = CommandName> = {
  key: string | null
  /** The code key with which what is hashed in the command was hashed; kept beside the answer (decision 003). */
  hashKeyId?: string | undefined
  actor: Actor
  /** Of the HTTP request, for the logs. */
  requestId?: string | undefined
  command: CommandOf<T>
}
export const updateOf = (name: CommandName) => defineUpdate<Answer, [CommandRequest]>(name)

/** Sent when the row may have changed without the workflow: it reads the row again. */
export const reload = defineSignal('reload')
/** Sent by an attempt that failed: why, stands in the row now. */
export const trouble = defineSignal('trouble')
export const progress = defineQuery<Mirror | null>('progress')

/** How a process refuses what it cannot open: a command that another key closed, or nobody's. */
export const unreadablePayload = 'UNREADABLE_PAYLOAD'
