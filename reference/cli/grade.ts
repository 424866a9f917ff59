/** `mq grade`, `mq assignment`: the instructor's commands. The work is done in `labs/grader/`. */
import type { Command } from 'commander'

export function gradeCommands(): Command[] {
  return []
}
