import { m } from '#lib/paraglide/messages.js'

/** What the shell shows of the configuration. */
export const site = () => ({
  filings: filings(),
  reportSystemUrl: process.env.REPORT_SYSTEM_URL ?? 'https://www.hgrg.net/login',
})
export type Site = ReturnType<typeof site>

/** Of the site itself, in the reader's language; what is not configured is not shown. */
function filings(): string[] {
  const { SITE_OPERATOR, SITE_ID, ICP_FILING, PUBLIC_SECURITY_FILING } = process.env
  return [
    SITE_OPERATOR ? m.site_operator({ value: SITE_OPERATOR }) : '',
    SITE_ID ? m.site_id({ value: SITE_ID }) : '',
    ICP_FILING ? m.site_icp({ value: ICP_FILING }) : '',
    PUBLIC_SECURITY_FILING ? m.site_police({ value: PUBLIC_SECURITY_FILING }) : '',
  ].filter(Boolean)
}
