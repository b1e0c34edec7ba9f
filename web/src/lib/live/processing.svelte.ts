/** Whether background processing answers, as this page found out last; null until it has asked. */
export const processing = $state<{ isReady: boolean | null }>({ isReady: null })
