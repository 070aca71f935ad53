import { home } from './api'
import { asFailure } from './asked.svelte'
import { language } from './language.svelte'
import type { Failure } from './api'
import type { Home, Opened } from './types'

/** What is open on the server, asked for once in each language. */
class Everything {
  home = $state.raw<Home | undefined>()
  error = $state.raw<Failure | undefined>()

  async read(): Promise<void> {
    try {
      this.home = await home()
      this.error = undefined
    } catch (error) {
      this.error = asFailure(error)
    }
  }

  #some(fits: (one: Opened) => boolean): Opened[] {
    return this.home?.opened.filter((one) => !one.problem && fits(one)) ?? []
  }

  get spaces(): Opened[] {
    return this.#some((one) => one.points.length > 0).sort((a, b) => Number(b.named) - Number(a.named) || rank(a) - rank(b))
  }
  get tokenizers(): Opened[] {
    return this.#some((one) => one.kind !== 'space' && one.kind !== 'config')
  }
  /** Whoever was named first; in Chinese those with more tokens, whose tables hold Chinese words. */
  get speakers(): Opened[] {
    const tokens = (one: Opened): number => (language.now === 'zh' ? (one.facts.d_vocab ?? 0) : 0)
    return this.#some((one) => one.speaks).sort((a, b) => Number(b.named) - Number(a.named) || tokens(b) - tokens(a))
  }
  /** Whatever has a ledger. */
  get counted(): Opened[] {
    return this.#some((one) => one.kind === 'model' || one.kind === 'config')
  }
  get models(): Opened[] {
    return this.#some((one) => one.kind === 'model')
  }
}

const rank = (one: Opened): number => (one.kind === 'space' ? 0 : 1)

export const everything = new Everything()

/** The item that the address names if it is among `some`, else the first. */
export function chosen(some: Opened[], id: string): Opened | undefined {
  return some.find((one) => one.id === id) ?? some[0]
}
