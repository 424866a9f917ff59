/** The walk through the book and its labs in Firefox. */
import { firefox } from './firefox.ts'
import { walk } from './walk.ts'

walk(firefox)
