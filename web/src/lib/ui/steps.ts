/** 1 project, 2 backup, 3 files, 4 authorisation, 5 number. */
export type Step = 1 | 2 | 3 | 4 | 5

/** What the guide says of it. */
export const anchors: Record<Step, string> = { 1: 'project', 2: 'backup', 3: 'files', 4: 'code', 5: 'submit' }
