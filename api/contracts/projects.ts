import { z } from 'zod'
import type { Contract } from './contract.ts'
import { body, Id, IdempotencyKey, json, pageOf, pageQuery, problems, Time } from './contract.ts'
import { email, line, search } from './fields.ts'

export const NewProject = z
  .strictObject({
    name: line(2, 100),
    leadName: line(2, 50),
    leadEmail: email,
    agreed: z.literal(true, { error: 'AGREEMENT' }),
  })
  .meta({ id: 'NewProject' })

export const Project = z
  .object({
    id: Id,
    name: z.string(),
    leadName: z.string(),
    leadEmail: z.string(),
    unit: z.object({ id: Id, name: z.string() }),
    createdAt: Time,
  })
  .meta({ id: 'Project' })
export type Project = z.infer<typeof Project>

/** R10: newest first; `q` finds a part of a project's name or a backup number. */
export const listProjects = {
  method: 'get',
  path: '/projects',
  summary: 'The projects of the signed-in researcher',
  access: ['researcher'],
  request: {
    query: z.strictObject({
      ...pageQuery,
      sort: z.enum(['-createdAt', 'createdAt', 'name', '-name']).default('-createdAt'),
      q: search.optional(),
    }),
  },
  responses: {
    200: json(pageOf(Project).meta({ id: 'Projects' }), 'A page of projects'),
  },
} as const satisfies Contract

/** R7, R8. PROJECT_NAME_TAKEN names the field. */
export const createProject = {
  method: 'post',
  path: '/projects',
  summary: 'Create a project',
  access: ['researcher'],
  authorisedOnly: true,
  request: { headers: IdempotencyKey, ...body(NewProject) },
  responses: {
    201: json(Project, 'Created'),
    409: problems[409],
  },
} as const satisfies Contract

export const getProject = {
  method: 'get',
  path: '/projects/{projectId}',
  summary: 'One project',
  access: ['researcher'],
  request: { params: z.object({ projectId: Id }) },
  responses: { 200: json(Project, 'The project') },
} as const satisfies Contract
