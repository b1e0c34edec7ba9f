import type { z } from 'zod'
import type { ProjectRow } from '../../db/projects.ts'
import type { Project } from '../contracts/projects.ts'

export const showProject = (row: ProjectRow): z.input<typeof Project> => ({
  id: row.id,
  name: row.name,
  leadName: row.leadName,
  leadEmail: row.leadEmail,
  unit: { id: row.unitId, name: row.unitName },
  createdAt: row.createdAt.toISOString(),
})
