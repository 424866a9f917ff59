/**
 * What a cluster of real processes needs of its platform: start one, read and write its lines, end it, touch files.
 *
 * Two implementations: `node/process-backend.ts` (child processes) and a WebContainer's, in the page. All paths are
 * relative to the lab's root directory.
 */

/** One process. */
export interface BackendProcess {
  /** Writes to its standard input. */
  write(text: string): void
  /** Ends it at once, with all it started. */
  kill(): void
  /** Settles when it has ended and what it wrote before has been delivered. */
  readonly exited: Promise<{ readonly code: number | null }>
}

export interface ProcessBackend {
  /** Runs the launcher with these arguments in the lab's root; `onText` gets what it prints, cut anywhere. */
  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess
  /** The bytes of a file, or undefined. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** Puts a whole file there in one step, making its directories. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>
  /** All files under a directory, sorted, paths relative to it. */
  listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]>
  /** Ends every process and removes what it made for itself. */
  dispose(): Promise<void>
}
