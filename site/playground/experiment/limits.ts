/** Limits of an experiment and of its run, each with its unit. */

/** The latest moment of a run. */
export const RUN_MS_MAX = 6 * 3_600_000
/** Members of each kind in the cast, started later ones included. */
export const CAST_MAX = { namesrv: 4, controller: 1, broker: 6, producer: 6, group: 4 } as const
/** Nodes of a run: servers, slaves, producers, members of groups, and the operator's console. */
export const NODES_MAX = 40
/** Messages a second of all producers together. */
export const RATE_MAX = 400
/** Changes and faults of one run. */
export const ACTS_MAX = 80
/** Options that all brokers have. */
export const SETTINGS_MAX = 12
/** Characters of a link, and of a file. */
export const LINK_CHARS_MAX = 2_000
export const FILE_CHARS_MAX = 100_000
export const TITLE_CHARS_MAX = 60
export const SEED_MAX = 0xffff_ffff
