/**
 * Which lines of a block's patterns changed when something was put behind the text.
 *
 * `before` holds heads x side x side shares, `after` heads x more x more of the longer text. A line changed if any of its
 * shares, in any head, moved by more than `rounding`; `most` is the largest move.
 */
export function changedLines(
  before: Float32Array, after: Float32Array, heads: number, side: number, more: number, rounding: number,
): { lines: number; last: boolean; most: number } {
  const moved = new Float64Array(side)
  for (let head = 0; head < heads; head += 1)
    for (let row = 0; row < side; row += 1)
      for (let column = 0; column < side; column += 1) {
        const [old, now] = [before[(head * side + row) * side + column]!, after[(head * more + row) * more + column]!]
        moved[row] = Math.max(moved[row]!, Math.abs(old - now))
      }
  const changed = Array.from(moved, (one) => one > rounding)
  return { lines: changed.filter(Boolean).length, last: changed.at(-1) ?? false, most: Math.max(...moved) }
}
