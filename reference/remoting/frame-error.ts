/** The error for a frame that cannot be read. The message is one sentence. Only the connection of the frame is closed. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}
