/** Whether script runs on this page; the layout says so once it is there. Never true on the server. */
export const script = $state({ runs: false })
