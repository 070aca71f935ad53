// The points that a link names are asked for with the page's code: before it is known what else is open.
import { address } from '../../lib/address.svelte'
import { numbers } from '../../lib/api'
import { listed } from './view'

class Ahead {
  #key = ''
  #found: Promise<Float32Array> | undefined

  constructor() {
    const id = address.page === 'space' ? address.get('in') : ''
    if (!id) return
    const about = { id, points: address.get('points') === 'W_U' ? 'W_U' : 'W_E', axes: listed(address.get('axes')) } as const
    this.#key = JSON.stringify(about)
    this.#found = numbers('map/points', about)
    this.#found.catch(() => {}) // whoever takes it is told
  }

  /** What was asked for, once, if it is what is needed. */
  taken(key: string): Promise<Float32Array> | undefined {
    const found = key === this.#key ? this.#found : undefined
    this.#found = undefined
    return found
  }
}

export const ahead = new Ahead()
