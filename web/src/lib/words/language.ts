/** The language is a cookie, `lang=zh-CN|en`; without it: Chinese. */
import type { Locale } from '#lib/paraglide/runtime.js'

export type { Locale }
export const languageCookie = 'lang'

/** What stands in the cookie and in `<html lang>`. */
export const languageTags = { zh: 'zh-CN', en: 'en' } as const satisfies Record<Locale, string>

export const localeOf = (tag: string | undefined | null): Locale => (tag === languageTags.en ? 'en' : 'zh')

let current: () => Locale = () => 'zh'
/** Where the language of the moment is found: the request on the server, `<html lang>` in a browser. */
export const takeLocaleFrom = (source: () => Locale): void => {
  current = source
}
export const otherLocale = (): Locale => (current() === 'zh' ? 'en' : 'zh')
export const isEnglish = (): boolean => current() === 'en'

type Say = (inputs?: unknown) => string
/**
 * Compiled messages call it (vite.config.ts): the text in the language of the moment.
 * @public
 */
export const choose =
  (zh: Say | string, en: Say | string): Say =>
  (inputs) => {
    const text = isEnglish() ? en : zh
    return typeof text === 'string' ? text : text(inputs)
  }
