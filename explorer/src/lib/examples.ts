// What the pages show before anybody types: the same file that `--export` reads.
import examples from '../../../src/armillary/web/examples.json'
import { frozen } from './frozen'
import { language, type Language } from './language.svelte'
import type { Opened } from './types'

export interface Prepared {
  name: 'plural' | 'gender' | 'size' | 'sentiment'
  pairs: string
  words: string
}

export type Page = keyof typeof examples.texts

/** The text that a page begins with; a frozen copy may have been made of another. */
export const example = (page: Page): string => frozen?.text || examples.texts[page][language.now]

/** The language of the words that a space is asked about: word vectors here are English, models know both. */
export const wordsOf = (item: Opened | undefined): Language => (item?.kind === 'model' ? language.now : 'en')

export const EXPRESSIONS = examples.expressions
export const SAME = examples.same
export const IDS = examples.ids
export const ANALOGY = examples.analogy
export const LAYERS = examples.layers
export const OPPOSITES = examples.opposites
export const DIRECTIONS = examples.directions as Record<Language, Prepared[]>
export const ASSOCIATION = examples.association
