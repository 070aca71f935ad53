// The lessons, and the pages frozen into a folder, as a person would see them.
const LESSONS = ['tokens', 'rows', 'directions', 'attention', 'next', 'count']

export function lessonScenarios({ open, link, settled, axe, base, pictures }) {
  const ask = async (path, question) =>
    (await fetch(`${base}/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(question) })).json()
  const TEXT = 'once upon a time the boat'
  const [EN, ZH] = ['The river is long and the night is quiet.', '河很长，夜很静。']

  /** What the library answers to the question of a lesson; of numbers, what is wrong is one more. */
  const answers = {
    async tokens(model) {
      const [en, zh] = (await Promise.all([EN, ZH].map((text) => ask('tokens', { id: model, text })))).map((cut) => cut.tokens.length)
      return en === zh ? 2 : en > zh ? 0 : 1
    },
    async rows(model) {
      const [cut, ledger] = [await ask('tokens', { id: model, text: TEXT }), await ask('count', { name: model })]
      return String(cut.tokens.length * ledger.facts.d_model)
    },
    async directions(_, space) {
      const found = await ask('near', { id: space, query: 'king - man + woman', n: 12 })
      return [...found.excluded, ...found.neighbours].sort((a, b) => a.rank - b.rank)[0].label
    },
    attention: async () => 0,
    async next(model) {
      const found = await ask('next', { id: model, text: TEXT, n: 2 })
      return String(found.choices[0].chance / found.choices[1].chance)
    },
    async count(model) {
      const name = model
      const plain = await ask('count', { name })
      return String((await ask('count', { name, changes: { tied: !plain.tied } })).total)
    },
  }

  async function answered(page, answer, right) {
    const question = page.locator('.question')
    if (typeof answer === 'number') await question.locator('[role=group] button').nth(right ? answer : (answer + 1) % 3).click()
    else if (await question.locator('input').count()) {
      await question.locator('input').fill(right ? answer : String(2 * Number(answer)))
      await page.keyboard.press('Enter')
    } else {
      const label = question.locator('[role=group] button')
      const texts = await label.allTextContents()
      await label.nth(texts.findIndex((text) => (text === answer) === right)).click()
    }
    await page.waitForSelector('[data-right]')
    return page.locator('[data-right]').getAttribute('data-right')
  }

  async function look(page, where, wrong) {
    const facts = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth - innerWidth, trouble: document.querySelector('.trouble')?.textContent, empty: /\{\w+\}|NaN|undefined/.exec(document.querySelector('main').innerText)?.[0] }))
    if (facts.wide > 0) wrong.push(`${where}: ${facts.wide} pixels too wide`)
    if (facts.trouble) wrong.push(`${where}: ${facts.trouble}`)
    if (facts.empty) wrong.push(`${where}: says ${facts.empty}`)
    await page.evaluate(axe)
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
    for (const one of found.violations) if (['serious', 'critical'].includes(one.impact)) wrong.push(`${where}: ${one.id}: ${one.nodes[0].failureSummary} ${one.nodes[0].target}`)
    if (pictures) await page.screenshot({ path: `${pictures}/${where.replace(/ /g, '-')}.png`, fullPage: true })
    wrong.push(...page.wrong.map((one) => `${where}: ${one}`))
  }

  return {
    async lessons() {
      const wrong = []
      for (const [lang, theme, width] of [['en', 'light', 1280], ['zh', 'dark', 1280], ['zh', 'light', 360], ['en', 'dark', 2200]]) {
        const page = await open({ viewport: { width, height: 800 } })
        for (const lesson of LESSONS) {
          await page.goto(link('lessons', { lesson, lang, theme }))
          await settled(page, 'lessons')
          await page.waitForSelector('.question')
          await look(page, `lesson ${lesson} ${lang} ${theme} ${width}`, wrong)
        }
        await page.context().close()
      }
      return wrong
    },

    /** Every question checks against what the library says, and with another model the figures are others. */
    async questions() {
      const wrong = []
      const page = await open()
      const told = {}
      for (const [model, space] of [['tiny', 'royal.space'], ['other', 'other.space']])
        for (const lesson of LESSONS) {
          await page.goto('about:blank')
          await page.goto(link('lessons', { lesson, lang: 'en', in: model, space }))
          await settled(page, 'lessons')
          await page.waitForSelector('.question')
          const text = await page.evaluate(() => document.querySelector('.told').innerText + document.querySelector('.often').innerText)
          if (told[lesson] === text.replaceAll(model, '').replaceAll(space, '')) wrong.push(`${lesson}: another model shows the same figures`)
          told[lesson] = text.replaceAll(model, '').replaceAll(space, '')
          const answer = await answers[lesson](model, space)
          for (const right of [false, true])
            if ((await answered(page, answer, right)) !== String(right)) wrong.push(`${lesson} of ${model}: ${answer} is taken for ${!right}`)
          const before = await page.evaluate(() => location.hash)
          await page.reload()
          await page.waitForSelector('[data-right=true]')
          if (before !== (await page.evaluate(() => location.hash))) wrong.push(`${lesson}: a reload changes the address`)
        }
      await page.evaluate(() => document.getElementById('main').focus())
      await page.keyboard.press('ArrowLeft')
      await page.waitForFunction(() => /lesson=next/.test(location.hash) && document.querySelector('[aria-current=step]'))
      wrong.push(...page.wrong)
      await page.context().close()
      return wrong
    },

    /** A copy that was opened from the disk: every page is there, and says what it cannot answer. */
    async frozen() {
      const wrong = []
      for (const [lang, theme, width] of [['en', 'light', 1280], ['zh', 'dark', 360]]) {
        const page = await open({ viewport: { width, height: 800 } })
        for (const [name, more] of [['', {}], ['tokens', {}], ['space', { q: 'king - man + woman' }], ['directions', {}], ['inside', {}], ['next', {}], ['count', {}], ['learn', {}], ['compare', {}], ...LESSONS.map((lesson) => ['lessons', { lesson }])]) {
          const query = new URLSearchParams({ lang, theme, ...more })
          await page.goto('about:blank')
          await page.goto(`${base}#/${name}?${query}`)
          await settled(page, name)
          const where = `frozen ${name || 'home'} ${Object.values(more)} ${lang}`
          const facts = await page.evaluate(() => ({ lacking: document.querySelector('.trouble pre')?.textContent, text: document.querySelector('main').innerText.length, wide: document.documentElement.scrollWidth - innerWidth }))
          if (facts.lacking) wrong.push(`${where}: is not frozen`)
          if (facts.text < 100) wrong.push(`${where}: is empty`)
          if (facts.wide > 0) wrong.push(`${where}: ${facts.wide} pixels too wide`)
          if (pictures) await page.screenshot({ path: `${pictures}/${where.replace(/[^\w-]+/g, '-')}.png`, fullPage: name !== 'space' })
        }
        wrong.push(...page.wrong)
        await page.context().close()
      }
      const page = await open()
      await page.goto(`${base}#/tokens?lang=en`)
      await settled(page, 'tokens')
      await page.fill('textarea', 'something else')
      await page.waitForSelector('.trouble pre')
      if (!/armillary explore/.test(await page.textContent('.trouble pre'))) wrong.push('nobody says how to ask something else')
      await page.goto(`${base}#/learn?lang=en`)
      await page.waitForSelector('text=nothing can be learned in it')
      await page.waitForSelector('table.near')
      const last = await page.textContent('table.near')
      await page.focus('.time input')
      await page.keyboard.press('Home')
      await page.waitForFunction((last) => (document.querySelector('table.near')?.textContent ?? last) !== last, last)
      for (const word of ['fish', 'bread']) {
        await page.selectOption('.tools label:nth-child(2) select', word)
        await page.waitForSelector(`caption:has-text("Near ${word} at this moment")`)
      }
      if (await page.locator('.trouble').count()) wrong.push(`frozen learn: ${await page.textContent('.trouble')}`)
      await page.goto(`${base}#/next?lang=en`)
      await settled(page, 'next')
      await page.click('text=T = 2')
      await page.click('text=Write 40 tokens')
      await page.waitForSelector('.trouble pre')
      await page.click('text=As the model says')
      await page.click('text=Write 40 tokens')
      await page.waitForSelector('.step')
      wrong.push(...page.wrong)
      await page.context().close()
      return wrong
    },

    /** Labels that are HTML, in a copy that was opened from the disk. */
    async 'frozen-labels'() {
      const page = await open()
      await page.goto(`${base}#/space?lang=en&in=hostile.space&q=${encodeURIComponent('king - man + woman')}`)
      await settled(page, 'space')
      await page.waitForSelector('tbody .word')
      await page.click('text=List the words of the question too')
      const found = await page.evaluate(() => ({ elements: document.querySelectorAll('main img, main script, main iframe').length, text: document.querySelector('aside table').innerText }))
      if (found.elements) page.wrong.push('a label became an element')
      if (!found.text.includes('<img src=x onerror=alert(1)>')) page.wrong.push(`a label is not shown as it is: ${found.text}`)
      await page.context().close()
      return page.wrong
    },
  }
}
