/** Limits of labs, wherever they run. Reaching one is said in words with its name, never silent. */
import { SIMULATION_LIMITS, type SimulationLimits } from '../../reference/host/sim/limits.ts'

export const LAB_NODES_MAX = 9
export const NODE_DISK_BYTES_MAX = 32 * 1024 * 1024
export const LOG_RECORDS_MAX = 20_000
export const LOG_RECORD_BYTES_MAX = 8 * 1024
export const CONTROL_LINE_BYTES_MAX = 1_000
/** One editable file. */
export const FILE_BYTES_MAX = 256 * 1024
export const FILES_MAX = 50
/** Events of one run of a lab's check, and of the workbench's own run. */
export const RUN_EVENTS_MAX = 200_000
export const JOURNAL_ENTRIES_MAX = 10_000
/** Virtual time one check may take. */
export const CHECK_VIRTUAL_MS_MAX = 30 * 60 * 1000
/** No sign of life from the worker: "still busy", and then it is stopped. */
export const WATCHDOG_BUSY_MS = 1_000
export const WATCHDOG_STOP_MS = 3_000
/** Brackets nested in one source: deeper ones overflow parsers. */
export const SOURCE_NESTING_MAX = 256
/** Events of one check's run that are shown with its verdict, from its beginning. */
export const CHECK_EVENTS_SHOWN_MAX = 20_000
/** The simulation of one run of a check. Its log holds at most 64 MiB of what was sent and written. */
export const RUN_LIMITS: SimulationLimits = {
  ...SIMULATION_LIMITS,
  events: RUN_EVENTS_MAX,
  recordedCharacters: 64 * 1024 * 1024,
}
