// All that a view depends on stands behind the # of the address, so that a link shows the same view again.

export type Params = Record<string, string>

class Address {
  page = $state('home')
  params = $state.raw<Params>({})

  constructor() {
    this.read()
    window.addEventListener('popstate', () => this.read())
    window.addEventListener('hashchange', () => this.read())
  }

  read(): void {
    const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2)
    this.page = path || 'home'
    this.params = Object.fromEntries(new URLSearchParams(query))
  }

  get(name: string, otherwise = ''): string {
    return this.params[name] ?? otherwise
  }

  /** Change what the page shows: '' takes a parameter away. The way back leads to the page before. */
  set(changes: Params): void {
    const params = { ...this.params, ...changes }
    for (const name of Object.keys(changes)) if (params[name] === '') delete params[name]
    this.#put(params)
  }

  /** Change what somebody types: a field that was emptied stays empty. */
  type(changes: Params): void {
    this.#put({ ...this.params, ...changes })
  }

  #put(params: Params): void {
    const link = this.link(this.page, params, false)
    if (link === location.hash) return
    this.params = params
    history.replaceState(null, '', link)
  }

  /** What a page shows unasked goes into its address too, so that a link shows the same where other things are open. */
  settle(shown: Params): void {
    this.set(Object.fromEntries(Object.entries(shown).filter(([name, said]) => said && !(name in this.params))))
  }

  /** The address of a page; language and theme come along. */
  link(page: string, params: Params = {}, keep = true): string {
    const kept: Params = {}
    if (keep) for (const name of ['lang', 'theme']) if (this.params[name]) kept[name] = this.params[name]
    const query = new URLSearchParams({ ...params, ...kept }).toString()
    return `#/${page === 'home' ? '' : page}${query ? `?${query}` : ''}`
  }

  go(page: string, params: Params = {}): void {
    history.pushState(null, '', this.link(page, params))
    this.read()
  }
}

export const address = new Address()
