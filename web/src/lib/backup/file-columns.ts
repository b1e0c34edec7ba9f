import { m } from '#lib/paraglide/messages.js'

/** The columns of FileCells: every table of files begins with them. */
export const fileColumns = () => [
  m.label_number_short(),
  m.label_data_type(),
  { text: m.label_samples(), right: true },
  { text: m.label_mb_per_sample(), right: true },
  m.label_file(),
]
