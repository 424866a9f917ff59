/**
 * Leaves the Chinese names of terms out where this system has no font for them: a row of empty boxes says nothing.
 *
 * Two different characters are painted; without a font both are the same box.
 */
export function hideChineseWithoutFont(): void {
  const canvas = document.createElement('canvas')
  const brush = canvas.getContext('2d', { willReadFrequently: true })
  if (brush === null) return
  const painted = ['代', '理'].map((character) => {
    canvas.width = canvas.height = 24
    brush.font = `20px ${getComputedStyle(document.body).fontFamily}`
    brush.fillText(character, 1, 20)
    return brush.getImageData(0, 0, 24, 24).data.join()
  })
  document.documentElement.classList.toggle('no-chinese', painted[0] === painted[1])
}
