/** The language is a cookie, `lang=zh-CN|en`; without it: Chinese. */
import type { Locale } from '#lib/paraglide/runtime.js'
import { getLocale } from '#lib/paraglide/runtime.js'

export type { Locale }
export const languageCookie = 'lang'

/** What stands in the cookie and in `<html lang>`. */
export const languageTags = { zh: 'zh-CN', en: 'en' } as const satisfies Record<Locale, string>

export const localeOf = (tag: string | undefined | null): Locale => (tag === languageTags.en ? 'en' : 'zh')
export const otherLocale = (): Locale => (getLocale() === 'zh' ? 'en' : 'zh')
export const isEnglish = (): boolean => getLocale() === 'en'
