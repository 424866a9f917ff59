/** The walk through the book and its labs in WebKitGTK. */

import { walk } from './walk.ts'
import { webkit } from './webkit.ts'

walk(webkit)
