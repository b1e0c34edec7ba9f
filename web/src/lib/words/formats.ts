/** How times, counts and sizes are written (pages.md 2.7, 2.11). */
import { showSize } from '$domain/sizes.ts'
import { m } from '#lib/paraglide/messages.js'
import { beijing } from './times.ts'

/** `2026-11-22 15:04` */
export const showTime = (iso: string | number): string => beijing(iso).slice(0, 16).replace('T', ' ')
/** `2026-11-22` */
export const showDate = (iso: string): string => beijing(iso).slice(0, 10)
/** `15:04` */
export const showClock = (iso: string | number): string => beijing(iso).slice(11, 16)
/** `15:04:05` */
export const showSeconds = (iso: string): string => beijing(iso).slice(11, 19)
/** `2026-11-22 15:04:05`: the moment, rounded up to a second, so that a person who comes then is not too early. */
export const showAfter = (iso: string): string =>
  beijing(Math.ceil(Date.parse(iso) / 1000) * 1000)
    .slice(0, 19)
    .replace('T', ' ')

/** Thousands commas in a count or a decimal string: `4,096.5`. */
export function grouped(value: number | string): string {
  const [whole = '', fraction] = String(value).split('.')
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? commas : `${commas}.${fraction}`
}

export function sizeText(mb: string): string {
  const { value, unit } = showSize(mb)
  return `${grouped(value)} ${unit}`
}
export const exactSize = (mb: string): string => `${grouped(mb)} MB`

/** `47 小时 12 分`; in the last minute with seconds. */
export function leftText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds <= 0) return m.left_none()
  if (seconds < 60) return m.left_seconds({ s: seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return m.left_minutes({ m: minutes })
  return m.left_hours({ h: Math.floor(minutes / 60), m: minutes % 60 })
}

/** `02:20` */
export function minuteClock(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
