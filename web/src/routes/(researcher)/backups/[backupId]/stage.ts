import type { Snippet } from 'svelte'
import type { PageData } from './$types'

/** What P6 and P13 are given alike. */
export type StageProps = {
  data: PageData
  cmd: string
  isRefused: boolean
  /** Of both stages, so the page has them. `onCode`: what asks for a code, where one can. */
  fileTable: Snippet<[onCode?: (fileId: string) => void]>
  timeline: Snippet
}
