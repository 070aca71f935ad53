// Pointer and keys over the points: what lies under the pointer, what is clicked, what the lasso catches, moving about.
import type { Cloud } from '../../cloud/cloud'
import type { Lasso } from './view'

interface Over {
  /** What is drawn, once it shows something. */
  cloud: () => Cloud | undefined
  flat: () => boolean
  clicked: (row: number) => void
  caught: (rows: number[]) => void
}

const STEP = 0.12

export class Hand {
  /** The row under the pointer, or -1. */
  hover = $state(-1)
  lasso: Lasso = $state({ on: false, line: [] })
  #down = { x: 0, y: 0 }
  #waiting = 0

  constructor(readonly over: Over) {}

  moved(event: PointerEvent): void {
    const at = place(event)
    if (this.lasso.on && this.lasso.line.length) {
      this.lasso.line = [...this.lasso.line, at]
      return
    }
    if (event.buttons || this.#waiting || !onPoints(event)) return
    this.#waiting = requestAnimationFrame(() => {
      this.#waiting = 0
      this.hover = this.over.cloud()?.pick(at.x, at.y) ?? -1
    })
  }

  pressed(event: PointerEvent): void {
    this.#down = place(event)
    if (!this.lasso.on) return
    event.stopPropagation()
    this.lasso.line = [this.#down]
  }

  released(event: PointerEvent): void {
    const at = place(event)
    if (this.lasso.on && this.lasso.line.length > 2) {
      const rows = this.over.cloud()?.inside(this.lasso.line) ?? []
      this.lasso = { on: false, line: [] }
      this.over.caught(rows)
      return
    }
    if (!onPoints(event) || Math.hypot(at.x - this.#down.x, at.y - this.#down.y) > 4) return
    const row = this.over.cloud()?.pick(at.x, at.y, 14) ?? -1
    if (row >= 0) this.over.clicked(row)
  }

  /** Take the lasso, or lay it down; what it held is let go. */
  lassoing(): void {
    this.lasso = { on: !this.lasso.on, line: [] }
    this.over.caught([])
  }

  key(event: KeyboardEvent): void {
    const cloud = this.over.cloud()
    const flat = this.over.flat()
    const moves: Record<string, () => void> = {
      ArrowLeft: () => cloud?.nudge(-STEP, 0, flat),
      ArrowRight: () => cloud?.nudge(STEP, 0, flat),
      ArrowUp: () => cloud?.nudge(0, STEP, flat),
      ArrowDown: () => cloud?.nudge(0, -STEP, flat),
      '+': () => cloud?.closer(0.8),
      '=': () => cloud?.closer(0.8),
      '-': () => cloud?.closer(1.25),
      '0': () => cloud?.home(flat),
    }
    if (!moves[event.key] || event.ctrlKey || event.metaKey) return
    moves[event.key]!()
    event.preventDefault()
    event.stopPropagation()
  }
}

const onPoints = (event: PointerEvent): boolean => (event.target as Element).matches('canvas.points')

function place(event: PointerEvent): { x: number; y: number } {
  const box = (event.currentTarget as Element).getBoundingClientRect()
  return { x: event.clientX - box.left, y: event.clientY - box.top }
}
