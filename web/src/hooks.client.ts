import { keepEarlyInput } from '#lib/kept-input.ts'
import { localeOf } from '#lib/language.ts'
import { overwriteGetLocale } from '#lib/paraglide/runtime.js'

overwriteGetLocale(() => localeOf(document.documentElement.lang))
keepEarlyInput()
