/**
 * The names of hand-in files: how the page names one, and whose a name says that a file is.
 *
 * Page and grader use this one module, so that the grader knows every name the page gives, and what browsers, people and
 * learning platforms make of it. Pure. Not here: who is on the roster (`roster.ts`).
 */
import { sha256Hex } from '../../judge/seeds.ts'

/** The most characters of a name that are taken into a file name. */
const WHO_CHARACTERS_MAX = 64
const HASH_DIGITS = 8

/** Who gave a file its name, the strongest first: a platform names files itself, a file's own name was chosen by its owner. */
export type NamedBy = 'platform' | 'folder' | 'zip' | 'file'

/** What a name says: `who` is an id, a full name, or the id of a platform's participant. */
export interface NameHint {
  readonly who: string
  readonly by: NamedBy
}

/**
 * The name of a hand-in file that the page saves: `ada@uni.example.lost-address.glassmq.json`. Of a name without Latin
 * letters a hash stands there, so that the files of two such learners stay two; the file itself holds the name as it is.
 */
export function handInName(lab: string, learner: string): string {
  const plain = plainWord(learner)
  const given = learner.trim().normalize('NFC')
  const who = plain !== '' ? plain : given === '' ? 'learner' : `learner-${sha256Hex(given).slice(0, HASH_DIGITS)}`
  return `${who}.${lab}.glassmq.json`
}

/** ASCII lower case with `-` for all that a file name should not hold; '' when nothing is left. */
export function plainWord(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9@._-]+/g, '-')
    .slice(0, WHO_CHARACTERS_MAX)
    .replace(/^[-._]+|[-._]+$/g, '')
}

/** `Ada Doe_4711_assignsubmission_file_` (a folder), or the same before the name of a file. */
const MOODLE = /^(.+)_(\d+)_assignsubmission_(?:file|onlinetext)_/
/** `doeada_4711_90210_x.json`, with `_LATE_` behind the name when it came late. */
const CANVAS = /^([^\s_/]+)_(?:late_)?(\d+)_(\d+)_(?=.)/i

/**
 * Whose a path says a file is, the best hint first. A folder's name counts more than a file's. What a platform has put there
 * counts alone: the rest of such a name was chosen by whoever handed in.
 */
export function hintsOf(path: string): readonly NameHint[] {
  const parts = path.split(/[\\/]/).filter((part) => part !== '')
  for (const part of parts) {
    const [, who, number] = MOODLE.exec(part) ?? CANVAS.exec(part) ?? []
    if (who === undefined) continue
    return [number!, who].map((one) => ({ who: one, by: 'platform' }))
  }
  const file = stemOf(parts.at(-1) ?? '')
  const folders = parts
    .slice(0, -1)
    .map((part): NameHint => ({ who: bareName(part), by: /\.zip$/i.test(part) ? 'zip' : 'folder' }))
  return [...folders, ...file.map((who): NameHint => ({ who, by: 'file' }))]
}

/** Which copy of one file a browser or a person made: 0 for the first, 2 for `x (2).json`. */
export function copyNumber(path: string): number {
  const name = path.split(/[\\/]/).at(-1)!
  return Number(/[ _]\((\d{1,6})\)/.exec(name)?.[1] ?? (/- copy/i.test(name) ? 1 : 0))
}

/** Whether a name is that of a hand-in file: JSON, whatever a browser or a mail program has put behind it. */
export function isHandInName(path: string): boolean {
  return /\.json([ _]\(\d+\))?(\.txt)?$/i.test(path)
}

/** What stands before `.lab.glassmq.json` or `.json`, and shorter beginnings of it: `ada_final` and `ada`. */
function stemOf(name: string): readonly string[] {
  const bare = bareName(name)
  const short = bare.replace(/\.glassmq$/i, '')
  const withoutLab = short === bare ? short : short.replace(/\.[a-z0-9-]+$/i, '')
  return [...new Set([withoutLab, short, withoutLab.split('_')[0]!, short.split('.')[0]!])].filter((one) => one !== '')
}

/** A name without its ending and without the mark of a copy. */
function bareName(name: string): string {
  return name
    .replace(/\.txt$/i, '')
    .replace(/\.(json|zip)$/i, '')
    .replace(/([ _]\(\d+\)| - copy( \(\d+\))?)$/i, '')
    .replace(/\.(json|zip)$/i, '')
    .trim()
}
