import BookOpen from '@lucide/svelte/icons/book-open'
import Folder from '@lucide/svelte/icons/folder'
import FolderPlus from '@lucide/svelte/icons/folder-plus'
import User from '@lucide/svelte/icons/user'
import type { Role } from '$domain/accounts.ts'
import { m } from '#lib/paraglide/messages.js'

const items = {
  guide: { route: '/(public)/guide', icon: BookOpen, text: m.page_guide },
  projects: { route: '/(researcher)/projects', icon: Folder, text: m.page_projects },
  newProject: { route: '/(researcher)/projects/new', icon: FolderPlus, text: m.page_new_project },
  members: { route: '/(manager)/manage/members', icon: User, text: m.menu_members },
  backups: { route: '/(manager)/manage/backups', icon: Folder, text: m.page_manage_backups },
} as const

const managers = [items.guide, items.members, items.backups]
const menus: Partial<Record<Role, (typeof items)[keyof typeof items][]>> = {
  researcher: [items.guide, items.projects, items.newProject],
  operator: [items.guide],
}

/** R5: order and words are fixed. */
export const menuOf = (role: Role) => menus[role] ?? managers

/** Of routes: backups and their files belong to 项目列表, or to a manager's 备份列表. */
export const isCurrent = (route: string, here: string): boolean =>
  here === route ||
  here.startsWith(`${route}/[`) ||
  (route === items.projects.route && here.startsWith('/(researcher)/b'))
