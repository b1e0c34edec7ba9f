/** The search attributes of every process (R52): codes and ids only, no personal data (R59). */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

export const Stage = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD)
export const Unit = defineSearchAttributeKey('Unit', SearchAttributeType.KEYWORD)
export const Project = defineSearchAttributeKey('Project', SearchAttributeType.KEYWORD)
export const Deadline = defineSearchAttributeKey('Deadline', SearchAttributeType.DATETIME)
export const WaitingFor = defineSearchAttributeKey('WaitingFor', SearchAttributeType.KEYWORD_LIST)
export const Problem = defineSearchAttributeKey('Problem', SearchAttributeType.KEYWORD_LIST)
export const searchAttributes = [Stage, Unit, Project, Deadline, WaitingFor, Problem]
