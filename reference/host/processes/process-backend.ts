/**
 * The parts of a platform that a cluster of real processes needs. A backend starts and ends processes, reads their output,
 * writes to their input, and accesses files.
 *
 * There are two implementations. `host/node/process-backend.ts` uses child processes.
 * `labs/runtime/webcontainer/webcontainer-backend.ts` runs the processes in a web page. Unless a comment says otherwise,
 * all paths are relative to the root directory of the lab. The launcher is the program that runs one node in a process.
 */

/** One process. */
export interface BackendProcess {
  /** Writes to the standard input of the process. */
  write(text: string): void
  /** Ends the process at once, with all processes that it has started. */
  kill(): void
  /**
   * Resolves when the process has ended and its output has been delivered. `code` is the exit code, or null when a signal
   * ended the process.
   */
  readonly exited: Promise<{ readonly code: number | null }>
}

/** The processes and files of one lab. */
export interface ProcessBackend {
  /**
   * Runs the launcher with these arguments in the root directory of the lab. Calls `onText` with the output of the launcher,
   * in pieces of any length.
   */
  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess
  /** Resolves with the bytes of a file, or undefined when the file does not exist. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** Writes a whole file in one step. Creates the missing directories of its path. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>
  /** Resolves with all files under a directory, sorted by path. The paths in the result are relative to `directory`. */
  listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]>
  /** Ends every process. Some backends also remove the root directory of the lab. */
  dispose(): Promise<void>
}
