/** The search attributes of every process (R52): codes and ids only, no personal data (R59). */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

const Stage = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD)
const Unit = defineSearchAttributeKey('Unit', SearchAttributeType.KEYWORD)
const Project = defineSearchAttributeKey('Project', SearchAttributeType.KEYWORD)
const Deadline = defineSearchAttributeKey('Deadline', SearchAttributeType.DATETIME)
const WaitingFor = defineSearchAttributeKey('WaitingFor', SearchAttributeType.KEYWORD_LIST)
const Problem = defineSearchAttributeKey('Problem', SearchAttributeType.KEYWORD_LIST)
export const searchAttributes = [Stage, Unit, Project, Deadline, WaitingFor, Problem]
