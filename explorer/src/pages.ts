import type { Component } from 'svelte'
import type { Key } from './words'

interface Page {
  name: string
  title: Key
  load: () => Promise<{ default: Component }>
}

/** The pages, in the order in which a text goes. */
export const PAGES: Page[] = [
  { name: 'home', title: 'nav.home', load: () => import('./pages/Home.svelte') },
  { name: 'tokens', title: 'nav.tokens', load: () => import('./pages/Tokens.svelte') },
  { name: 'space', title: 'nav.space', load: () => import('./pages/Space.svelte') },
  { name: 'directions', title: 'nav.directions', load: () => import('./pages/Directions.svelte') },
  { name: 'inside', title: 'nav.inside', load: () => import('./pages/Inside.svelte') },
  { name: 'next', title: 'nav.next', load: () => import('./pages/Next.svelte') },
  { name: 'count', title: 'nav.count', load: () => import('./pages/Count.svelte') },
  { name: 'learn', title: 'nav.learn', load: () => import('./pages/Learn.svelte') },
  { name: 'compare', title: 'nav.compare', load: () => import('./pages/Compare.svelte') },
  { name: 'lessons', title: 'nav.lessons', load: () => import('./pages/Lessons.svelte') },
]

export function pageOf(name: string): Page {
  return PAGES.find((page) => page.name === name) ?? PAGES[0]!
}
