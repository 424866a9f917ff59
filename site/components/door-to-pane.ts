/**
 * A door into a pane that is not live yet: brings the pane near, so that it comes to life; the pane itself reads the fragment
 * then. Also for a page that is opened by a copied door or link.
 */
function openDoor(): void {
  const id = location.hash.slice(1).replace(/\?.*$/, '')
  if (!id.startsWith('fig-')) return
  const host = document.getElementById(id.replace(/-e\d+$/, ''))
  if (host !== null && host.querySelector('.fig-live') === null)
    host.scrollIntoView({ block: 'center', behavior: 'instant' })
}

addEventListener('hashchange', openDoor)
openDoor()
