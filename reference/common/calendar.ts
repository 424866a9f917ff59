/**
 * Converts days since 1970-01-01 into dates of the Gregorian calendar and back, with whole numbers.
 *
 * The algorithm is Howard Hinnant's `days_from_civil`. In this algorithm, a year begins in March, so the leap day is the
 * last day of a year. RocketMQ uses `java.util.Calendar` with the time zone of the machine. Unlike RocketMQ, GlassMQ uses
 * UTC for all times.
 */

/** The number of days in a 400-year cycle of the Gregorian calendar, and in the parts of this cycle. */
const CYCLE_DAYS = 146_097
const CENTURY_DAYS = 36_524
const YEAR_DAYS = 365
/** The number of days from March 1 of the year 0 to January 1, 1970. */
const EPOCH_DAYS = 719_468

/** Returns the date of the day that is `daysSince1970` days after 1970-01-01. `month` is 1 to 12, `day` is 1 to 31. */
export function dateOf(daysSince1970: number): { year: number; month: number; day: number } {
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

/** Returns the number of days from 1970-01-01 to a date. The number is negative for a date before 1970. */
export function daysOf(year: number, month: number, day: number): number {
  const ofMarch = month <= 2 ? year - 1 : year
  const cycle = Math.floor(ofMarch / 400)
  const ofYears = ofMarch - cycle * 400
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const ofCycle = ofYears * YEAR_DAYS + Math.floor(ofYears / 4) - Math.floor(ofYears / 100) + ofYear
  return cycle * CYCLE_DAYS + ofCycle - EPOCH_DAYS
}
