/**
 * The lab that this page shows, by the page's address `/labs/<id>/`. Each lab is a script of its own, fetched before the
 * workbench starts, so that a page holds one lab only.
 */
import type { Lab } from '../../labs/lab.ts'
import { type Given, givenBy } from './given.ts'
import { loadLab } from './lab-scripts.ts'
import { sandboxBegun } from './runtimes.ts'

// the worker takes longer than the workbench, so it goes first
await sandboxBegun()

/** The lab of this page. */
export const lab: Lab = await loadLab(location.pathname.split('/').filter(Boolean).at(-1) ?? '')

/** What the address of this page hands over. */
export const given: Given = await givenBy(location.hash, lab)
