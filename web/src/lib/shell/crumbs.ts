import { resolve } from '$app/paths'
import type { Backup } from '$contracts/backups.ts'
import { m } from '#lib/paraglide/messages.js'

/** 项目列表 / {项目名称}, above a backup; with the backup itself, above its pages. */
export const crumbsAbove = ({ project }: Pick<Backup, 'project'>) => [
  { text: m.page_projects(), href: resolve('/(researcher)/projects') },
  { text: project.name, href: resolve('/(researcher)/projects/[projectId]', { projectId: project.id }) },
]
export const crumbsOf = (backup: Pick<Backup, 'project' | 'id' | 'name'>) => [
  ...crumbsAbove(backup),
  { text: backup.name, href: resolve('/(researcher)/backups/[backupId]', { backupId: backup.id }) },
]
