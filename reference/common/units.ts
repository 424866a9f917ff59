/** Units of time in milliseconds and of size in bytes, for limits and arithmetic. */

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
/** A mebibyte: 1,048,576 bytes. */
export const MIB = 1024 * 1024
