/** What the shell shows of the configuration; empty = hidden. */
export const site = () => ({
  operator: process.env.SITE_OPERATOR ?? '',
  id: process.env.SITE_ID ?? '',
  icp: process.env.ICP_FILING ?? '',
  police: process.env.PUBLIC_SECURITY_FILING ?? '',
  reportSystemUrl: process.env.REPORT_SYSTEM_URL ?? 'https://www.hgrg.net/login',
})
export type Site = ReturnType<typeof site>
