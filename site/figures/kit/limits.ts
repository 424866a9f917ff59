/** Limits of the figure kit, each with its unit. */

/** Events of one run of a figure. */
export const RUN_EVENTS_MAX = 20_000
/** Steps of the simulation under one run: more than events, since not each leaves one. */
export const RUN_STEPS_MAX = 200_000
/** Nodes of one run. */
export const RUN_NODES_MAX = 16
/** How long a run goes on after the reader's last action. */
export const TAIL_MS = 40_000
/** Actions of one run, and the latest time of one. */
export const ACTIONS_MAX = 24
export const ACTION_MS_MAX = 86_400_000
/** Branches kept beside the pinned run. */
export const BRANCHES_MAX = 8
/** A scene is kept every so many events. */
export const CHECKPOINT_EVENTS = 256
/** Characters of a figure's link. */
export const LINK_CHARS_MAX = 2_000
/** Events that the list shows at once. */
export const LIST_ROWS_MAX = 2_000
/** Bytes shown of one frame or record. */
export const HEX_BYTES_MAX = 4_096
