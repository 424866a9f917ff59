/** Limits of the figure kit, each with its unit. */

/** Events of one run of a figure. */
export const RUN_EVENTS_MAX = 20_000
/** Events that a page fetches at first; the rest comes when a pane needs it. */
export const FIRST_EVENTS = 2_000
/** Steps of the simulation under one run: more than events, since not each leaves one. Five quiet hours take 40,000. */
export const RUN_STEPS_MAX = 400_000
/** Steps after which a run says how far it has come. */
export const PROGRESS_STEPS = 2_000
/** Nodes of one run. */
export const RUN_NODES_MAX = 16
/** How long a run goes on after the reader's last action. */
export const TAIL_MS = 40_000
/** Actions of one run, and the latest time of one. */
export const ACTIONS_MAX = 24
export const ACTION_MS_MAX = 86_400_000
/** Branches kept beside the pinned run. */
export const BRANCHES_MAX = 8
/** A scene is kept every so many events; in a long run fewer, so that a jump to its end copies no more than these scenes. */
export const CHECKPOINT_EVENTS = 256
export const CHECKPOINTS_MAX = 32
/** On the way forward, so many blocks of events between two checkpoints are applied to the scene that is shown. */
export const ONWARD_BLOCKS_MAX = 4
/** Characters of a figure's link. */
export const LINK_CHARS_MAX = 2_000
/** Events that the list shows at once. */
export const LIST_ROWS_MAX = 2_000
/** Bytes shown of one frame or record. */
export const HEX_BYTES_MAX = 4_096
/**
 * Widths and heights in pixels that stills are made for: the pane beside the text, and a phone's column. A live picture is not
 * larger than the wide one, so that it stands where its still stood.
 */
export const STILL_SIZES = { wide: { width: 664, height: 460 }, tall: { width: 354, height: 330 } } as const
/** From so many frames under way on, they are a crowd, which is painted and not made of elements. */
export const CROWD_FROM = 120
