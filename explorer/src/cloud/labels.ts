// Labels that appear as one comes closer, and never lie on each other.
import type { Seen } from './cloud'

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}
export interface Written {
  row: number
  label: string
}
interface Setting {
  width: number
  height: number
  ink: string
  paper: string
  most: number
  /** Rows to look at before giving up; fewer while the picture moves. */
  scan: number
}

const HIGH = 17
const FONT = "13px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', 'Noto Sans CJK SC', sans-serif"

/** Write the names of the first rows that are in sight and have room, around boxes that are taken; say which. */
export function writeLabels(
  pen: CanvasRenderingContext2D,
  points: Float32Array,
  labels: string[],
  see: (x: number, y: number, z: number) => Seen,
  taken: Box[],
  setting: Setting,
): Written[] {
  const { width, height } = setting
  const placed = [...taken]
  pen.clearRect(0, 0, width, height)
  pen.font = FONT
  pen.textBaseline = 'middle'
  pen.lineJoin = 'round'
  pen.lineWidth = 3
  const written: Written[] = []
  const last = Math.min(labels.length, setting.scan)
  for (let row = 0; row < last && written.length < setting.most; row += 1) {
    const at = 3 * row
    const seen = see(points[at]!, points[at + 1]!, points[at + 2]!)
    if (seen.far <= 0 || seen.x < 4 || seen.x > width - 20 || seen.y < 10 || seen.y > height - 10) continue
    const label = labels[row]!
    const wide = pen.measureText(label).width
    const box = { left: seen.x + 2, top: seen.y - HIGH / 2, right: seen.x + wide + 10, bottom: seen.y + HIGH / 2 }
    if (!label.trim() || box.right > width || placed.some((one) => overlap(one, box))) continue
    placed.push(box)
    written.push({ row, label })
    pen.globalAlpha = 0.9
    pen.strokeStyle = setting.paper
    pen.strokeText(label, seen.x + 6, seen.y)
    pen.fillStyle = setting.ink
    pen.fillText(label, seen.x + 6, seen.y)
  }
  pen.globalAlpha = 1
  return written
}

export const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** What stands over a picture, in its own coordinates: no label is written under it. */
export function coveredBy(stage: Element, what: string): Box[] {
  const at = stage.getBoundingClientRect()
  return [...stage.querySelectorAll(what)].map((one) => {
    const box = one.getBoundingClientRect()
    return { left: box.left - at.left, top: box.top - at.top, right: box.right - at.left, bottom: box.bottom - at.top }
  })
}
