/**
 * A moment as the name of an index file: `yyyyMMddHHmmssSSS`, 17 digits, so that names sort by time.
 *
 * Computed with whole numbers, in UTC: every machine and engine gives a file the same name. RocketMQ uses local time
 * (`UtilAll.timeMillisToHumanString`); it reads any 17 digits.
 */

const DAY_MS = 86_400_000
/** Days of a 400-year cycle of the Gregorian calendar, of a century in it, and of a common year. */
const CYCLE_DAYS = 146_097
const CENTURY_DAYS = 36_524
const YEAR_DAYS = 365
/** Days from March 1 of the year 0 to January 1 of 1970. */
const EPOCH_DAYS = 719_468

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
    part(Math.floor(ofDay / 3_600_000), 2) +
    part(Math.floor(ofDay / 60_000) % 60, 2) +
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

/** The date of a day. Years are counted from March, so that the leap day is the last day of a year. */
function dateOf(daysSince1970: number): { year: number; month: number; day: number } {
  const days = daysSince1970 + EPOCH_DAYS
  const cycle = Math.floor(days / CYCLE_DAYS)
  const ofCycle = days - cycle * CYCLE_DAYS
  const leapDays = Math.floor(ofCycle / 1_460) - Math.floor(ofCycle / CENTURY_DAYS) + Math.floor(ofCycle / 146_096)
  const ofYears = Math.floor((ofCycle - leapDays) / YEAR_DAYS)
  const ofYear = ofCycle - (YEAR_DAYS * ofYears + Math.floor(ofYears / 4) - Math.floor(ofYears / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  return { year: cycle * 400 + ofYears + (month <= 2 ? 1 : 0), month, day }
}

/** Days from 1970 to a date. */
function daysOf(year: number, month: number, day: number): number {
  const ofMarch = month <= 2 ? year - 1 : year
  const cycle = Math.floor(ofMarch / 400)
  const ofYears = ofMarch - cycle * 400
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const ofCycle = ofYears * YEAR_DAYS + Math.floor(ofYears / 4) - Math.floor(ofYears / 100) + ofYear
  return cycle * CYCLE_DAYS + ofCycle - EPOCH_DAYS
}
