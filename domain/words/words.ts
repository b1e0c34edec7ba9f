/** One thing in both languages. Pages show one of them, mails and Temporal Web both. */
export type Words = { readonly zh: string; readonly en: string }
/** A word for each code; a forgotten one does not compile. */
export type WordsOf<Code extends string | number> = { readonly [C in Code]: Words }

export const words = (zh: string, en: string): Words => ({ zh, en })
/** `数据库校验中 Checking`: as Temporal Web shows it. */
export const inBoth = ({ zh, en }: Words): string => `${zh} ${en}`
