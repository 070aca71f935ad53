import { ask } from './api'
import { language } from './language.svelte'
import type { Offered } from './types'

const NOTHING: Offered = { expressions: [], analogy: '', opposites: [], directions: [], association: null }

/** Examples of which a space holds every word: asked for once for each space and language. */
class Offering {
  #found: Record<string, Offered> = $state.raw({})

  async ask(id: string): Promise<void> {
    const asked = { id, language: language.now }
    const key = `${asked.language} ${id}`
    if (!id || key in this.#found) return
    const found = await ask('offered', asked).catch(() => NOTHING) // the page works without; what is wrong it is told elsewhere
    this.#found = { ...this.#found, [key]: found }
  }

  /** Those of a space; undefined until they are known. */
  of(id: string): Offered | undefined {
    return this.#found[`${language.now} ${id}`]
  }
}

export const offering = new Offering()

/** Pairs and words as they are written on the pages. */
export const pairsOf = (one: Offered['directions'][number]): string => one.pairs.map((pair) => pair.join(':')).join('\n')
export const wordsOf = (one: Offered['directions'][number]): string => one.words.join(' ')
