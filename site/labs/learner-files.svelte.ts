/// <reference types="svelte" />
/**
 * The learner's texts of a lab: edited, compiled, replaced and brought back, and kept in this browser at every edit.
 *
 * They go to the drafts (`labs/runtime/drafts.ts`); a text that is replaced becomes a version first.
 */
import type { LabFacts } from '../../labs/lab.ts'
import type { CompileError } from '../../labs/program/compile.ts'
import { Drafts, type Version } from '../../labs/runtime/drafts.ts'
import type { Thrown } from '../../labs/runtime/thrown.ts'

/** Places at which the learner's code threw that are marked at one time. */
const THROWN_MAX = 5

export interface LabTexts {
  readonly starter: ReadonlyMap<string, string>
  readonly solution: ReadonlyMap<string, string>
}

export class LearnerFiles {
  readonly starter: ReadonlyMap<string, string>
  readonly solution: ReadonlyMap<string, string>
  files = $state.raw<ReadonlyMap<string, string>>(new Map())
  /** Counts changes made to the files by anything but the editor, which then shows them. */
  filesSetBy = $state(0)
  saved = $state<'saved' | 'saving' | 'failed'>('saved')
  isKept = $state(true)
  errors = $state.raw<readonly CompileError[]>([])
  /** What the running texts threw, each place once: until the text is edited, or run again. */
  thrown = $state.raw<readonly Thrown[]>([])
  undo = $state.raw<{ readonly label: string; readonly path: string; readonly text: string } | undefined>(undefined)

  /** The learner's files are newer than the running cluster's. */
  isStale = $state(false)

  readonly #lab: LabFacts
  readonly #say: (text: string) => void
  #drafts: Drafts | undefined
  #edits = 0
  /** Files whose newest text the browser did not take. */
  readonly #unkept = new Set<string>()

  /** `say` announces what was done to a text, for people who cannot see it. */
  constructor(lab: LabFacts, texts: LabTexts, say: (text: string) => void) {
    this.#lab = lab
    this.#say = say
    this.starter = texts.starter
    this.solution = texts.solution
    this.files = texts.starter
  }

  /** Reads what is kept of this lab. */
  async open(): Promise<void> {
    this.#drafts = await Drafts.open(this.#lab.id, this.starter)
    this.isKept = this.#drafts.isKept
    await this.read()
  }

  /** Takes the texts as they are kept: at the beginning, and after another tab has edited them. */
  async read(): Promise<void> {
    if (this.#drafts === undefined) return
    this.files = await this.#drafts.read()
    this.filesSetBy++
    this.#compile()
  }

  /** Earlier texts of a file, the newest first. */
  async versionsOf(path: string): Promise<readonly Version[]> {
    return (await this.#drafts?.versions(path).catch(() => [])) ?? []
  }

  /** Brings an earlier text back; the text of now is a version first, and the change can be undone. */
  async bringBack(path: string, text: string): Promise<void> {
    await this.#replace(path, text, 'before version', 'Undo')
  }

  close(): void {
    this.#drafts?.close()
  }

  /** Keeps every text as it is now, for later. */
  async keepVersions(): Promise<void> {
    for (const [path, text] of this.files) await this.#drafts?.keepVersion(path, text, 'check').catch(() => {})
  }

  /** Takes a text as it is typed, and keeps it at once. */
  edit(path: string, text: string): void {
    if (this.files.get(path) === text) return
    this.files = new Map(this.files).set(path, text)
    this.isStale = true
    this.thrown = this.thrown.filter((one) => one.path !== path)
    this.#keep(path, text)
    this.#compile()
  }

  /** Marks the line at which a node's run of a text ended. A place that is marked already says nothing new. */
  heardThrown(thrown: Thrown): void {
    const isKnown = this.thrown.some(({ path, line }) => path === thrown.path && line === thrown.line)
    if (isKnown || this.thrown.length >= THROWN_MAX) return
    this.thrown = [...this.thrown, thrown]
    this.#say(`${thrown.path} line ${thrown.line}: ${wordsOf(thrown)}`)
  }

  /** What stands at a file's lines: what does not compile, and what was thrown when it ran. */
  troublesOf(path: string): readonly CompileError[] {
    const thrown = this.thrown.map((one) => ({ path: one.path, line: one.line, column: 1, text: wordsOf(one) }))
    return [...this.errors, ...thrown].filter((one) => one.path === path)
  }

  /** Puts the starter's text back; can be undone. */
  async resetFile(path: string): Promise<void> {
    await this.#replace(path, this.starter.get(path) ?? '', 'before reset', 'Undo reset')
  }

  /** Takes the solution's text for a file; can be taken back. */
  async applySolution(path: string): Promise<void> {
    await this.#replace(path, this.solution.get(path) ?? '', 'before solution', 'Back to mine')
  }

  /** Takes the text that came with somebody's run; can be taken back. */
  async applyRun(path: string, text: string): Promise<void> {
    await this.#replace(path, text, 'before run', 'Back to mine')
  }

  takeBack(): void {
    if (this.undo === undefined) return
    const { path, text } = this.undo
    this.undo = undefined
    this.edit(path, text)
    this.filesSetBy++
    this.#say(`${path}: your own text is back.`)
  }

  async #replace(
    path: string,
    text: string,
    reason: 'before reset' | 'before solution' | 'before version' | 'before run',
    label: string,
  ): Promise<void> {
    const mine = this.files.get(path) ?? ''
    if (mine === text) return
    await this.#drafts?.keepVersion(path, mine, reason).catch(() => {})
    this.undo = { label, path, text: mine }
    this.edit(path, text)
    this.filesSetBy++
    this.#say(`${path} was replaced; your own text is kept.`)
  }

  #keep(path: string, text: string): void {
    this.saved = 'saving'
    const edit = ++this.#edits
    this.#drafts?.put(path, text).then(
      () => this.#kept(path, edit),
      () => {
        this.#unkept.add(path)
        this.saved = 'failed'
        this.isKept = false
      },
    )
  }

  /** A text is stored. What the browser refused before is tried again; with nothing left over, all is kept again. */
  #kept(path: string, edit: number): void {
    this.#unkept.delete(path)
    const [left] = this.#unkept
    if (left !== undefined) return this.#keep(left, this.files.get(left) ?? '')
    this.isKept = this.#drafts?.isKept ?? false
    if (edit === this.#edits) this.saved = 'saved'
  }

  /** Finds what does not compile. The compiler is fetched for the first text that is not the starter's, which compiles. */
  #compile(): void {
    const { files } = this
    const changed = this.#lab.files.filter(
      ({ path, kind }) => kind === 'module' && files.get(path) !== this.starter.get(path),
    )
    if (changed.length === 0) {
      this.errors = []
      return
    }
    const find = async () => {
      const { compile } = await import('../../labs/program/compile.ts')
      if (this.files !== files) return // a newer text is on its way
      this.errors = changed.flatMap(({ path }) => compile(path, files.get(path) ?? '').error ?? [])
    }
    find().catch(() => {}) // the runtime compiles as well, and says when it cannot
  }
}

function wordsOf({ node, text }: Thrown): string {
  return `${node} ended here: ${text}`
}
