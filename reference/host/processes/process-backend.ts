/**
 * What a cluster of real processes needs of its platform: start a process, read and write its lines, end it, use files.
 *
 * Two implementations: `host/node/process-backend.ts` (child processes) and `labs/runtime/webcontainer/webcontainer-backend.ts` (in the page). All paths are
 * relative to the lab's root directory.
 */

/** One process. */
export interface BackendProcess {
  /** Writes to its standard input. */
  write(text: string): void
  /** Ends it at once, with all processes that it started. */
  kill(): void
  /** Settles when it has ended and all its output has been delivered. */
  readonly exited: Promise<{ readonly code: number | null }>
}

/** The processes and files of one lab. */
export interface ProcessBackend {
  /** Runs the launcher with these arguments in the lab's root; `onText` is called with its output, in pieces of any length. */
  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess
  /** The bytes of a file; undefined when it does not exist. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** Writes a whole file in one step, and makes its directories. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>
  /** All files under a directory, sorted, paths relative to it. */
  listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]>
  /** Ends every process and removes the files that the backend made for itself. */
  dispose(): Promise<void>
}
