import { ask, Failure } from './api'
import type { Api } from './types'

/** The answer to the latest of many questions: older ones are cancelled, and what they bring is not shown. */
export class Asked<P extends keyof Api> {
  value = $state.raw<Api[P][1] | undefined>()
  error = $state.raw<Failure | undefined>()
  busy = $state(false)
  #control: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly path: P) {}

  /** Ask, after `wait` milliseconds in which nothing else is asked. */
  ask(question: Api[P][0], wait = 0): void {
    clearTimeout(this.#timer)
    if (wait) this.#timer = setTimeout(() => void this.now(question), wait)
    else void this.now(question)
  }

  async now(question: Api[P][0]): Promise<Api[P][1] | undefined> {
    this.#control?.abort()
    const control = (this.#control = new AbortController())
    this.busy = true
    try {
      const found = await ask(this.path, question, control.signal)
      if (control.signal.aborted) return undefined
      this.value = found
      this.error = undefined
      return found
    } catch (error) {
      if (!control.signal.aborted) this.error = asFailure(error)
      return undefined
    } finally {
      if (this.#control === control) this.busy = false
    }
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#control?.abort()
    this.value = undefined
    this.error = undefined
    this.busy = false
  }
}

export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('Bug', String(error))
}
