import BookOpen from '@lucide/svelte/icons/book-open'
import Folder from '@lucide/svelte/icons/folder'
import FolderPlus from '@lucide/svelte/icons/folder-plus'
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
} as const

/** R5: order and words are fixed. */
export const menuOf = (role: Role) =>
  role === 'researcher' ? [items.guide, items.projects, items.newProject] : [items.guide]

/** The first page after sign-in. */
export const homeOf = (role: Role): '/projects' | '/guide' => (role === 'researcher' ? '/projects' : '/guide')

/** Backups and their files belong to 项目列表. */
export const isCurrent = (href: string, path: string): boolean =>
  href === path ||
  (href === '/projects' && (/^\/projects\/(?!new$)/.test(path) || path.startsWith('/backups/')))
