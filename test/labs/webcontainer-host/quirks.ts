/** What the real service does, or may do, and the stand-in can be told to do. The first three are on by default. */
export interface Quirks {
  /** No end of output after exit; the last of it comes some 50 ms after. */
  readonly outputNeverEnds: boolean
  /** Output is cut at seeded positions, also inside characters. */
  readonly splitsOutput: boolean
  /** Input is echoed; `\n` out becomes `\r\n`, `\r` in becomes `\n`. */
  readonly isTerminal: boolean
  /** What the frame's address answers. */
  readonly frame: 'ok' | 'silent' | 'hangs' | 'missing' | 'forbidden' | 'no-coep'
  /** `build` answers so much later. */
  readonly bootDelayMs: number
  /** A kill stops the process first and ends it 10 s later: its port is still taken and its peers are told nothing. */
  readonly quietKill: boolean
  /** The exit of killed processes is never told. */
  readonly exitNeverTold: boolean
  /** A warning comes before the frame is ready. */
  readonly warningFirst: boolean
  /** Commands that do not exist here. */
  readonly unknownCommands: readonly string[]
  /** Of the positions at which output is cut. */
  readonly seed: number
}

export const USUAL_QUIRKS: Quirks = {
  outputNeverEnds: true,
  splitsOutput: true,
  isTerminal: true,
  frame: 'ok',
  bootDelayMs: 0,
  quietKill: false,
  exitNeverTold: false,
  warningFirst: false,
  unknownCommands: [],
  seed: 1,
}
