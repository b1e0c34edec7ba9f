import BookOpen from '@lucide/svelte/icons/book-open'
import Folder from '@lucide/svelte/icons/folder'
import FolderPlus from '@lucide/svelte/icons/folder-plus'
import List from '@lucide/svelte/icons/list'
import Users from '@lucide/svelte/icons/users'
import type { Role } from '$domain/accounts.ts'
import { m } from '#lib/paraglide/messages.js'

const items = {
  guide: { route: '/(public)/guide', href: '/guide', icon: BookOpen, text: m.page_guide },
  projects: { route: '/(researcher)/projects', href: '/projects', icon: Folder, text: m.page_projects },
  newProject: {
    route: '/(researcher)/projects/new',
    href: '/projects/new',
    icon: FolderPlus,
    text: m.page_new_project,
  },
  members: { route: '/(manager)/manage/members', href: '/manage/members', icon: Users, text: m.menu_members },
  backups: {
    route: '/(manager)/manage/backups',
    href: '/manage/backups',
    icon: List,
    text: m.page_manage_backups,
  },
} as const

const managers = [items.guide, items.members, items.backups]
const menus = {
  researcher: [items.guide, items.projects, items.newProject],
  unit_admin: managers,
  legal_entity: managers,
  operator: [items.guide],
} as const

/** R5: order and words are fixed. */
export const menuOf = (role: Role) => menus[role]

/** Backups and their files belong to 项目列表, or to a manager's 备份列表. */
export const isCurrent = (href: string, path: string): boolean =>
  href === path ||
  (href === '/projects' && (/^\/projects\/(?!new$)/.test(path) || path.startsWith('/backups/'))) ||
  (href === '/manage/backups' && path.startsWith('/manage/backups/'))
