import { catalogue, type Key } from '../words'
import { address } from './address.svelte'

export type Language = 'en' | 'zh'
const KEPT = 'armillary-lang'

class Speaking {
  /** The language of the page: the address says it, or the last choice, or the browser. */
  #now: Language = $derived.by(() => {
    const said = address.get('lang') || localStorage.getItem(KEPT) || navigator.language
    return said.toLowerCase().startsWith('zh') ? 'zh' : 'en'
  })

  get now(): Language {
    return this.#now
  }

  choose(language: Language): void {
    localStorage.setItem(KEPT, language)
    address.set({ lang: language })
  }
}

export const language = new Speaking()

/** A sentence of the catalogue in the reader's language, its {facts} filled in. */
export function t(key: Key, facts: Record<string, string | number> = {}): string {
  const sentence = catalogue[key][language.now === 'zh' ? 1 : 0]
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole))
}

const locale = (): string => (language.now === 'zh' ? 'zh-CN' : 'en-GB')

export const whole = (value: number): string => Math.round(value).toLocaleString(locale())
export const fixed = (value: number, digits = 3): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** A share of 1 in percent; small ones keep a figure. */
export function percent(share: number): string {
  if (share === 0) return '0 %'
  if (share < 0.00001) return '< 0.001 %'
  return `${(100 * share).toFixed(share < 0.001 ? 3 : share < 0.1 ? 2 : 1)} %`
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let place = 0
  while (bytes >= 1000 && place < units.length - 1) {
    bytes /= 1000
    place += 1
  }
  return `${bytes >= 100 || place === 0 ? bytes.toFixed(0) : bytes.toFixed(1)} ${units[place]}`
}

/** 135 M, 1.56 B. */
export function brief(value: number): string {
  for (const [unit, size] of [['T', 1e12], ['B', 1e9], ['M', 1e6], ['k', 1e3]] as const)
    if (value >= size) return `${(value / size).toPrecision(3).replace(/\.0+$/, '')} ${unit}`
  return String(value)
}
