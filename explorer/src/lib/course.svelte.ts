import { ask, learns, steps, type Failure } from './api'
import { asFailure } from './asked.svelte'
import { everything } from './opened.svelte'
import type { Begin, Current, Happened, Learns } from './types'

/** The learning of the server: followed from the page that began it, or from any other, and after a reload. */
class Course {
  facts = $state.raw<Learns | undefined>()
  now = $state.raw<Current | null>(null)
  happened = $state.raw<Happened[]>([])
  frame = $state.raw<Happened | undefined>()
  error = $state.raw<Failure | undefined>()
  #control: AbortController | undefined

  /** What stands in the workshop; what is under way is followed, and what was last is told once. */
  async read(): Promise<void> {
    try {
      this.facts = await learns()
      this.error = undefined
      this.now = this.facts.now
      if (this.now && !this.#control && (this.now.state === 'running' || !this.happened.length)) void this.#follow()
    } catch (error) {
      this.error = asFailure(error)
    }
  }

  async begin(question: Begin): Promise<void> {
    try {
      const now = await ask('learn/begin', question)
      this.error = undefined
      this.#control?.abort()
      this.now = now
      void this.#follow()
    } catch (error) {
      this.error = asFailure(error)
    }
  }

  async stop(): Promise<void> {
    try {
      this.now = (await ask('learn/stop', {})).now
    } catch (error) {
      this.error = asFailure(error)
    }
  }

  async #follow(): Promise<void> {
    const control = (this.#control = new AbortController())
    this.happened = []
    this.frame = undefined
    try {
      for await (const one of steps('learn/follow', {}, control.signal)) {
        if (one.kind === 'frame') this.frame = one
        else this.happened = [...this.happened, one]
      }
      this.#control = undefined
      await Promise.all([everything.read(), this.read()])
    } catch (error) {
      if (!control.signal.aborted) this.error = asFailure(error)
      if (this.#control === control) this.#control = undefined
    }
  }
}

export const course = new Course()
