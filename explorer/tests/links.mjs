// What is shown stands in the address, and what is offered has an answer.

/** What else of a page stands in its address, and what of it goes there unasked. */
const DEEP = {
  '': [{}, 'in text'],
  tokens: [{ bytes: '1', merge: '1' }, 'in text'],
  space: [{ view: '2', own: '1', lasso: '0,1,2', pin: 'cat', tone: 'length' }, 'in cam'],
  directions: [{ x: 'king queen', y: 'cat cats', a: 'man', b: 'woman dogs' }, 'in pairs words'],
  inside: [{ block: '1', from: '2', view: 'arcs', lens: '1.2', parts: '1', journey: '1' }, 'in text'],
  next: [{ temperature: '0.7', top_k: '5', draws: '1' }, 'in text loss'],
  count: [{ n_layers: '3' }, 'in'],
  learn: [{ kind: 'gpt', minutes: '2' }, 'in'],
  compare: [{ layer: '1', centred: '1' }, 'in and model static of text other'],
  lessons: [{ lesson: 'directions' }, 'in text'],
}
/** A lesson is a page of its own. */
const LESSONS = { rows: 'in text', directions: 'space pairs words q', attention: 'in text', next: 'in text', count: 'in' }

export const linksScenarios = ({ open, link, settled, base }) => {
  /** A page of somebody whose language and theme are others. */
  async function stranger() {
    const page = await open({ locale: 'zh-CN' })
    await page.addInitScript(() => { if (location.protocol === 'about:') return; localStorage.setItem('armillary-lang', 'zh'); localStorage.setItem('armillary-theme', 'dark') })
    return page
  }

  async function seen(page, where, name) {
    const read = () => page.evaluate(() => ({
      text: document.getElementById('main').innerText,
      typed: [...document.querySelectorAll('main :is(input, textarea, select):not([maxlength])')].map((one) => (one.type === 'checkbox' ? one.checked : one.value)).join('\n'),
      pressed: [...document.querySelectorAll('main [aria-pressed]')].map((one) => one.ariaPressed).join(),
      open: [...document.querySelectorAll('main details')].map((one) => one.open).join(),
      marks: [...document.querySelectorAll('main .stage svg :is(.own, .near, .pin, .best) circle')].map((one) => `${Math.round(one.cx.baseVal.value)} ${Math.round(one.cy.baseVal.value)}`).join(),
      address: location.href,
    }))
    await page.goto('about:blank')
    await page.goto(where)
    await settled(page, name)
    let [now, before] = [await read(), undefined]
    for (let round = 0; JSON.stringify(now) !== JSON.stringify(before); round += 1) {
      if (round === 8) throw new Error(`${where} never rests:\n${JSON.stringify(before)}\n${JSON.stringify(now)}`)
      await page.waitForTimeout(450) // questions wait until nobody types
      await settled(page, name)
      before = now
      now = await read()
    }
    return now
  }

  /** What a link shows, and what the address that came of it shows to somebody else; in Chinese the same is chosen. */
  async function compared(page, where, name, names, lang) {
    const wrong = []
    const first = await seen(page, where, name)
    const [path, query] = first.address.split('?')
    const params = new URLSearchParams(query)
    for (const one of names) if (!params.get(one)) wrong.push(`/${name}: ${one} does not stand in the address: ${first.address}`)
    params.set('lang', lang)
    const again = await seen(page, `${path}?${params}`, name)
    for (const what of lang === 'en' ? Object.keys(first) : ['typed', 'pressed', 'open', 'marks'])
      if (first[what] !== again[what]) wrong.push(`/${name}: a link shows another ${what}:\n${first[what]}\n${again[what]}`)
    return wrong
  }

  return {
    /** A link shows the same to whoever opens it: what was chosen, and what the page chose. */
    async links() {
      const wrong = []
      const some = Object.entries(DEEP).flatMap(([name, [deep, unasked]]) => [
        [link(name, { lang: 'en', ...deep }), name, Object.keys(deep), 'en'], [`${base}/#/${name}?lang=en`, name, unasked.split(' '), 'zh']])
      for (const [lesson, unasked] of Object.entries(LESSONS)) some.push([`${base}/#/lessons?lang=en&lesson=${lesson}`, 'lessons', unasked.split(' '), 'zh'])
      const one = async () => {
        const page = await stranger()
        for (let next = some.pop(); next; next = some.pop()) wrong.push(...(await compared(page, ...next).catch((error) => [`${next[0]}: ${error}`])))
        wrong.push(...page.wrong)
        await page.context().close()
      }
      await Promise.all([one(), one(), one()]) // most of the time is waiting
      return wrong
    },

    /** Whatever is offered of a space has an answer there; two spaces that do not fit are no error but told in words. */
    async offers() {
      const page = await open()
      const wrong = page.wrong
      const fine = async (where) => {
        const said = await page.evaluate(() => document.querySelector('main .trouble')?.textContent)
        if (said) wrong.push(`${where}: ${said}`)
      }
      for (const lang of ['en', 'zh']) for (const id of ['royal.space', 'circles.space', 'tiny']) {
        await page.goto(link('space', { lang, in: id, q: '' }))
        await settled(page, 'space')
        await page.waitForSelector('aside .examples button')
        const count = await page.locator('aside .examples button').count()
        for (let place = 0; place < count; place += 1) {
          await page.goto(link('space', { lang, in: id, q: '' }))
          await settled(page, 'space')
          await page.locator('aside .examples button').nth(place).click()
          await page.waitForSelector('aside tbody .word, main .trouble')
          await fine(`/space ${lang} ${id} ${place}`)
        }
        await page.goto(`${base}/#/directions?lang=${lang}&in=${id}`)
        await page.waitForSelector('aside, [aria-pressed=true]')
        for (const one of await page.locator('main .field .button').all()) {
          await one.click()
          await page.waitForTimeout(350)
          await settled(page, 'directions')
          if (!(await page.locator('.figures').count())) wrong.push(`/directions ${lang} ${id}: nothing is shown`)
          await fine(`/directions ${lang} ${id}`)
        }
        await page.goto(`${base}/#/lessons?lang=${lang}&lesson=directions&space=${id}`)
        await settled(page, 'lessons')
        await fine(`/lessons ${lang} ${id}`)
      }
      await page.goto(`${base}/#/compare?lang=en`)
      await settled(page, 'compare')
      await page.waitForSelector('.figures')
      await fine('/compare')
      await page.goto(`${base}/#/compare?lang=en&in=royal.space&and=circles.space`)
      await page.waitForSelector('text=royal.space has 4 numbers, a point of circles.space has 8')
      await fine('/compare of two that do not fit')
      await page.click('text=These fit: >> button')
      await page.waitForSelector('.figures')
      await page.context().close()
      return wrong
    },
  }
}
