/**
 * A moment as the name of an index file: `yyyyMMddHHmmssSSS`, 17 digits, so that names sort by time.
 *
 * Computed with whole numbers, in UTC: every machine and engine gives a file the same name. RocketMQ uses local time
 * (`UtilAll.timeMillisToHumanString`); it reads any 17 digits.
 */
import { dateOf, daysOf } from '../common/calendar.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../common/units.ts'

/** The name of a moment, in milliseconds since 1970. */
export function nameOfTime(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const { year, month, day } = dateOf(days)
  const ofDay = ms - days * DAY_MS
  const part = (value: number, digits: number) => String(value).padStart(digits, '0')
  return (
    part(year, 4) +
    part(month, 2) +
    part(day, 2) +
    part(Math.floor(ofDay / HOUR_MS), 2) +
    part(Math.floor(ofDay / MINUTE_MS) % 60, 2) +
    part(Math.floor(ofDay / 1_000) % 60, 2) +
    part(ofDay % 1_000, 3)
  )
}

/** The moment of a name. */
export function timeOfName(name: string): number {
  const part = (from: number, digits: number) => Number(name.slice(from, from + digits))
  const ofDay = ((part(8, 2) * 60 + part(10, 2)) * 60 + part(12, 2)) * 1_000 + part(14, 3)
  return daysOf(part(0, 4), part(4, 2), part(6, 2)) * DAY_MS + ofDay
}
