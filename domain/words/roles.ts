import type { Role } from '../accounts.ts'
import { words, type WordsOf } from './words.ts'

/** R2 */
export const roleWords: WordsOf<Role> = {
  researcher: words('自然人', 'Researcher'),
  unit_admin: words('单位管理员', 'Institution administrator'),
  legal_entity: words('法人', 'Legal entity'),
  operator: words('运维人员', 'Operator'),
}
