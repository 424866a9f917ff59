/**
 * What a learner has typed: kept at once, as typed, and never lost to a reset or a shown solution.
 *
 * | kept       | what                                                                                          |
 * | ---------- | --------------------------------------------------------------------------------------------- |
 * | a file     | its text now, a revision, and the hash of the starter it began from                              |
 * | a version  | an earlier text, when and why: before a reset, before the solution was used, on a check          |
 *
 * Every edit is put at once: one transaction is in flight, the newest text is next, so typing never queues up. "Saved" may
 * be said when `put` resolves, which is when the transaction is complete. Where the browser refuses storage the same
 * drafts live in memory, and `isKept` says so before the first keystroke.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { sha256Hex } from '../judge/seeds.ts'

/** Versions of one file, and their characters for one lab. */
export const VERSIONS_PER_FILE_MAX = 50
export const VERSIONS_CHARACTERS_MAX = 5 * 1024 * 1024

export interface FileDraft {
  readonly text: string
  /** Counts the changes, in all tabs together. */
  readonly revision: number
  /** Of the starter's text it began from. */
  readonly starterSha256: string
}

export type VersionReason =
  | 'check'
  | 'before reset'
  | 'before solution'
  | 'before version'
  | 'before run'
  | 'before import'
  | 'another tab'

export interface Version {
  readonly path: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly reason: VersionReason
}

/** Where drafts lie; all keys are of one lab. Methods reject when the browser refuses. */
export interface DraftStore {
  read(path: string): Promise<FileDraft | undefined>
  /** Puts the draft unless somebody else has put one since `base`; then that one is returned and nothing is put. */
  put(path: string, draft: FileDraft, base: number): Promise<FileDraft | undefined>
  versions(): Promise<readonly Version[]>
  /** Adds one and drops the given number of oldest that are not `before …`, then oldest of all. */
  replaceVersions(versions: readonly Version[]): Promise<void>
  close(): void
}

/** Drafts that end with the page. */
export class MemoryStore implements DraftStore {
  readonly #files = new Map<string, FileDraft>()
  #versions: readonly Version[] = []

  async read(path: string): Promise<FileDraft | undefined> {
    return this.#files.get(path)
  }

  async put(path: string, draft: FileDraft, base: number): Promise<FileDraft | undefined> {
    const known = this.#files.get(path)
    if (known !== undefined && known.revision !== base) return known
    this.#files.set(path, draft)
    return undefined
  }

  async versions(): Promise<readonly Version[]> {
    return this.#versions
  }

  async replaceVersions(versions: readonly Version[]): Promise<void> {
    this.#versions = versions
  }

  close(): void {}
}

interface Schema extends DBSchema {
  files: { key: [lab: string, path: string]; value: FileDraft }
  versions: { key: string; value: readonly Version[] }
}

/** Drafts in this browser's IndexedDB. */
export class BrowserStore implements DraftStore {
  readonly #database: IDBPDatabase<Schema>
  readonly #lab: string

  constructor(database: IDBPDatabase<Schema>, lab: string) {
    this.#database = database
    this.#lab = lab
  }

  /** Opens the store and proves that it keeps what it is given; rejects when it does not. */
  static async open(lab: string): Promise<BrowserStore> {
    const database = await openDB<Schema>('glassmq-drafts', 1, {
      upgrade(fresh) {
        fresh.createObjectStore('files')
        fresh.createObjectStore('versions')
      },
    })
    const store = new BrowserStore(database, lab)
    await store.versions().then((versions) => store.replaceVersions(versions))
    return store
  }

  read(path: string): Promise<FileDraft | undefined> {
    return this.#database.get('files', [this.#lab, path])
  }

  async put(path: string, draft: FileDraft, base: number): Promise<FileDraft | undefined> {
    const transaction = this.#database.transaction('files', 'readwrite')
    const known = await transaction.store.get([this.#lab, path])
    if (known === undefined || known.revision === base) await transaction.store.put(draft, [this.#lab, path])
    await transaction.done
    return known === undefined || known.revision === base ? undefined : known
  }

  async versions(): Promise<readonly Version[]> {
    return (await this.#database.get('versions', this.#lab)) ?? []
  }

  async replaceVersions(versions: readonly Version[]): Promise<void> {
    const transaction = this.#database.transaction('versions', 'readwrite')
    await transaction.store.put(versions, this.#lab)
    await transaction.done
  }

  close(): void {
    this.#database.close()
  }
}

interface Waiting {
  readonly text: string
  readonly done: Promise<void>
  readonly settle: (error?: unknown) => void
}

/** The drafts of one lab. */
export class Drafts {
  /** False: this browser refuses storage, and everything ends with the page. */
  readonly isKept: boolean
  readonly #store: DraftStore
  readonly #starter: ReadonlyMap<string, string>
  readonly #now: () => number
  readonly #revisions = new Map<string, number>()
  readonly #starterHashes = new Map<string, string>()
  readonly #writing = new Set<string>()
  readonly #next = new Map<string, Waiting>()

  constructor(store: DraftStore, starter: ReadonlyMap<string, string>, isKept: boolean, now: () => number = Date.now) {
    this.#store = store
    this.#starter = starter
    this.isKept = isKept
    this.#now = now
  }

  /** Opens a lab's drafts: kept where the browser lets us, else in memory. */
  static async open(lab: string, starter: ReadonlyMap<string, string>): Promise<Drafts> {
    try {
      return new Drafts(await BrowserStore.open(lab), starter, true)
    } catch {
      return new Drafts(new MemoryStore(), starter, false)
    }
  }

  /** Every file's text: the learner's, or the starter's where there is none. */
  async read(): Promise<Map<string, string>> {
    const files = new Map<string, string>()
    for (const [path, starterText] of this.#starter) {
      const draft = await this.#store.read(path)
      this.#revisions.set(path, draft?.revision ?? 0)
      if (draft !== undefined) this.#starterHashes.set(path, draft.starterSha256)
      files.set(path, draft?.text ?? starterText)
    }
    return files
  }

  /** Files whose starter is another one than the learner began from: a new edition of the lab. */
  get withNewStarter(): readonly string[] {
    return [...this.#starterHashes]
      .filter(([path, hash]) => hash !== sha256Hex(this.#starter.get(path) ?? ''))
      .map(([path]) => path)
  }

  /** Keeps a file's text. Resolves when this text, or a newer one, is stored. */
  put(path: string, text: string): Promise<void> {
    const known = this.#next.get(path)
    let settle: (error?: unknown) => void = () => {}
    const done =
      known?.done ??
      new Promise<void>((resolve, reject) => {
        settle = (error) => (error === undefined ? resolve() : reject(error))
      })
    this.#next.set(path, { text, done, settle: known?.settle ?? settle })
    void this.#write(path)
    return done
  }

  /** Keeps an earlier text, unless it is the last one kept. */
  async keepVersion(path: string, text: string, reason: VersionReason): Promise<void> {
    const versions = await this.#store.versions()
    if (versions.findLast((one) => one.path === path)?.text === text) return
    await this.#store.replaceVersions(trimmed([...versions, { path, text, atMs: this.#now(), reason }]))
  }

  /** Earlier texts of a file, the newest first. */
  async versions(path: string): Promise<readonly Version[]> {
    return (await this.#store.versions()).filter((one) => one.path === path).toReversed()
  }

  close(): void {
    this.#store.close()
  }

  /** One transaction at a time for a file; what was typed meanwhile is the next one. */
  async #write(path: string): Promise<void> {
    if (this.#writing.has(path)) return
    this.#writing.add(path)
    for (let waiting = this.#next.get(path); waiting !== undefined; waiting = this.#next.get(path)) {
      this.#next.delete(path)
      try {
        await this.#putNow(path, waiting.text)
        waiting.settle()
      } catch (error) {
        waiting.settle(error)
      }
    }
    this.#writing.delete(path)
  }

  async #putNow(path: string, text: string): Promise<void> {
    const base = this.#revisions.get(path) ?? 0
    const starterSha256 = this.#starterHashes.get(path) ?? sha256Hex(this.#starter.get(path) ?? '')
    const theirs = await this.#store.put(path, { text, revision: base + 1, starterSha256 }, base)
    if (theirs === undefined) {
      this.#revisions.set(path, base + 1)
      this.#starterHashes.set(path, starterSha256)
      return
    }
    await this.keepVersion(path, theirs.text, 'another tab')
    this.#revisions.set(path, theirs.revision)
    await this.#putNow(path, text)
  }
}

/** At most so many: the oldest kept on a check go first, those before a change last. */
function trimmed(versions: readonly Version[]): readonly Version[] {
  let left = versions
  const drop = (among: readonly Version[]) => {
    const victim = among.find(({ reason }) => reason === 'check') ?? among[0]
    left = left.filter((one) => one !== victim)
  }
  for (const path of new Set(versions.map((one) => one.path))) {
    const ofPath = () => left.filter((one) => one.path === path)
    while (ofPath().length > VERSIONS_PER_FILE_MAX) drop(ofPath())
  }
  while (left.reduce((sum, { text }) => sum + text.length, 0) > VERSIONS_CHARACTERS_MAX) drop(left)
  return left
}
