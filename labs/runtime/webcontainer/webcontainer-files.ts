/** An application tree as a WebContainer mounts it: one object, one call. Pure. */
import type { FileSystemTree } from '@webcontainer/api'
import type { AppTree } from '../../program/es-modules.ts'

/** Files of the tree as nested directories. */
export function fileSystemTree(tree: AppTree): FileSystemTree {
  const top: FileSystemTree = {}
  for (const [path, contents] of Object.entries(tree)) {
    const parts = path.split('/')
    const name = parts.pop()!
    let directory = top
    for (const part of parts) {
      const known = directory[part]
      if (known !== undefined && 'directory' in known) directory = known.directory
      else directory[part] = { directory: (directory = {}) }
    }
    directory[name] = { file: { contents } }
  }
  return top
}
