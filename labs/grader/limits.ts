/** Every limit of a graded run, with unit and reason. A lab may raise one, and says why. */

/** One unit of fuel is one call of QuickJS's interrupt handler: some 10,000 turns of a loop. Counted, not timed. */
export const FUEL_PER_STEP = 1_000
/** Fuel of one run of one check, all nodes together: 20 times what the dearest solution uses. */
export const FUEL_PER_RUN = 10_000
/** Errors caught during one event, and during a run: each costs as much as hundreds of turns of a loop. */
export const CATCHES_PER_STEP = 2_000
export const CATCHES_PER_RUN = 50_000
/** One allocation of a guest, and the small parts of many. */
export const GUEST_HEAP_BYTES = 32 * 1024 * 1024
/**
 * The memory of one life of a node, of which QuickJS with the reference loaded takes 10 MiB: the maximum of the wasm memory
 * itself, so it is reached at the same place everywhere. Nine nodes together stay under what a process may have.
 */
export const GUEST_WASM_BYTES = 64 * 1024 * 1024
/** Of the name that a guest gives to an error, and of its message. */
export const ERROR_NAME_CHARACTERS = 60
export const ERROR_MESSAGE_CHARACTERS = 300
/** At more, a browser's worker overflows its own stack before the guest's: page and grader would differ. */
export const GUEST_STACK_BYTES = 96 * 1024
/** Calls a node may make while it handles one event. */
export const ACTIONS_PER_STEP = 10_000
/** Bytes a node may send and write while it handles one event. */
export const BYTES_PER_STEP = 16 * 1024 * 1024
/** Promise jobs run after one event. */
export const JOBS_PER_STEP = 100_000
/** Wall clock: only for operations that never poll; the parent process enforces it. */
export const WALL_MS_BASE = 60_000
export const WALL_MS_PER_RUN = 20_000
/** Resident memory of a child process. */
export const CHILD_BYTES_MAX = 1024 * 1024 * 1024
/** A hand-in file, and what may be in it. */
export const SUBMISSION_BYTES_MAX = 1024 * 1024
export const SUBMISSION_FILES_MAX = 50
/** An assignment file. */
export const ASSIGNMENT_BYTES_MAX = 64 * 1024
/** Files of one folder, those in its zips included. */
export const SUBMISSIONS_MAX = 10_000
/** A zip in a folder, and all that is read of a folder, unpacked. */
export const ZIP_BYTES_MAX = 256 * 1024 * 1024
export const INTAKE_BYTES_MAX = 512 * 1024 * 1024
