/** Whom to ask for help (R5). */
export const hotlines = ['010-84097816', '010-84097340'] as const
export const helpMail = 'hgrip@big.ac.cn'
export const telOf = (hotline: string): string => `tel:+86${hotline.replaceAll('-', '').replace(/^0/, '')}`
/** In a sentence of either language. */
export const contact = `${hotlines.join(' / ')}, ${helpMail}`
