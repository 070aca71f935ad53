// What the pages show before anybody types: the same file that `--export` reads.
import examples from '../../../src/armillary/web/examples.json'
import { frozen } from './frozen'
import { language } from './language.svelte'

export type Page = keyof typeof examples.texts

/** The text that a page begins with; a frozen copy may have been made of another. */
export const example = (page: Page): string => frozen?.text || examples.texts[page][language.now]

export const SAME = examples.same
export const IDS = examples.ids
export const LAYERS = examples.layers
