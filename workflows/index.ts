export { backup } from './backup/workflow.ts'
