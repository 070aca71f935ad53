import { address } from './address.svelte'

export type Theme = 'light' | 'dark'
const KEPT = 'armillary-theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

class Look {
  #system = $state(system.matches)
  still = window.matchMedia('(prefers-reduced-motion: reduce)').matches

  constructor() {
    system.addEventListener('change', () => (this.#system = system.matches))
  }

  #now: Theme = $derived.by(() => {
    const said = address.get('theme') || localStorage.getItem(KEPT)
    return said === 'dark' || said === 'light' ? said : this.#system ? 'dark' : 'light'
  })

  get now(): Theme {
    return this.#now
  }

  turn(): void {
    const other = this.now === 'dark' ? 'light' : 'dark'
    localStorage.setItem(KEPT, other)
    address.set({ theme: other })
  }
}

export const theme = new Look()

/** A colour of the style sheet, as it is now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
