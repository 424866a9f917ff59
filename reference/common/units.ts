/** Units of time in milliseconds, and a unit of size in bytes. */

/** A second. */
export const SECOND_MS = 1_000
/** A minute. */
export const MINUTE_MS = 60 * SECOND_MS
/** An hour. */
export const HOUR_MS = 60 * MINUTE_MS
/** A day of 24 hours. */
export const DAY_MS = 24 * HOUR_MS
/** A mebibyte: 1,048,576 bytes. */
export const MIB = 1024 * 1024
