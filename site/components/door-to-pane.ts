/**
 * A door into a pane that is not live yet: brings the pane near, so that it comes to life; the pane itself reads the fragment
 * then. Also for a page that is opened by a copied door or link. Where the reader was when he followed a door is noted, for the way
 * back.
 */
import { leave } from '../figures/kit/way-back.ts'

function openDoor(): void {
  const id = location.hash.slice(1).replace(/\?.*$/, '')
  if (!id.startsWith('fig-')) return
  const host = document.getElementById(id.replace(/-e\d+$/, ''))
  if (host !== null && host.querySelector('.pane.waiting') !== null)
    host.scrollIntoView({ block: 'center', behavior: 'instant' })
}

addEventListener(
  'click',
  ({ target }) => {
    const link = (target as Element).closest<HTMLElement>('a[href^="#fig-"]')
    if (link !== null) leave(link)
  },
  true,
)
addEventListener('hashchange', openDoor)
openDoor()
