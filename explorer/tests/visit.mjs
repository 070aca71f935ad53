// Visits a running explorer as a person would. Prints one JSON object: scenario -> what went wrong (nothing, if []).
//   node visit.mjs CHROMIUM ADDRESS [--pictures FOLDER] SCENARIO...
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const [executablePath, base, ...rest] = process.argv.slice(2)
const pictures = rest[0] === '--pictures' ? rest.splice(0, 2)[1] : ''
const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist']
const browser = await chromium.launch({ executablePath, args })
const PAGES = ['', 'tokens', 'space', 'directions', 'inside', 'next', 'count']
/** The example words of the page are those of GloVe; the small space of the tests has others. */
const STATE = {
  directions: { pairs: 'cat:cats\ndog:dogs', words: 'king queen cats' },
  space: { q: 'king - man + woman' },
  inside: { text: 'once upon a time the boat' },
  next: { text: 'once upon a time', loss: 'the boat on the river' },
  tokens: { text: 'once 船' },
  '': { text: 'once upon' },
  count: { and: 'gpt2-xl' },
}

/** A page that remembers all that went wrong on it. */
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.wrong = []
  page.on('pageerror', (error) => page.wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => { page.wrong.push(`dialog: ${dialog.message()}`); void dialog.dismiss() })
  page.on('console', (said) => {
    if (said.type() === 'error' && !/status of (404|422|503)|ERR_INTERNET_DISCONNECTED/.test(said.text())) page.wrong.push(`console: ${said.text()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) page.wrong.push(`asked elsewhere: ${request.url()}`)
  })
  page.setDefaultTimeout(20_000)
  return page
}
const link = (name, more = {}) => `${base}/#/${name}?${new URLSearchParams({ ...STATE[name], ...more })}`

/** Wait until nothing is being asked. */
async function settled(page, name) {
  await page.waitForSelector('main h1', { state: 'attached' })
  if (name === 'space') await page.waitForSelector('.honest')
  await page.waitForFunction(() => !document.querySelector('[role=status], [aria-busy=true]'))
  await page.waitForTimeout(120)
}

async function look(lang, theme, width) {
  const wrong = []
  for (const name of PAGES) {
    const page = await open({ viewport: { width, height: 800 } })
    await page.goto(link(name, { lang, theme }))
    await settled(page, name)
    const where = `/${name} ${lang} ${theme} ${width}`
    const facts = await page.evaluate(() => ({
      lang: document.documentElement.lang, theme: document.documentElement.dataset.theme,
      wide: document.documentElement.scrollWidth - innerWidth, trouble: document.querySelector('.trouble')?.textContent,
      han: /[\u4e00-\u9fff]/.test(document.querySelector('h1').textContent),
    }))
    if (facts.lang !== (lang === 'zh' ? 'zh-Hans' : 'en') || facts.han !== (lang === 'zh')) wrong.push(`${where}: speaks ${facts.lang}`)
    if (facts.theme !== theme) wrong.push(`${where}: is ${facts.theme}`)
    if (facts.wide > 0) wrong.push(`${where}: ${facts.wide} pixels too wide`)
    if (facts.trouble) wrong.push(`${where}: ${facts.trouble}`)
    await page.evaluate(axe)
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
    for (const one of found.violations)
      if (['serious', 'critical'].includes(one.impact)) wrong.push(`${where}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target).join(' | ')} ${one.nodes[0].failureSummary}`)
    if (pictures) await page.screenshot({ path: `${pictures}/${name || 'home'}-${lang}-${theme}-${width}.png`, fullPage: name !== 'space' })
    wrong.push(...page.wrong.map((one) => `${where}: ${one}`))
    await page.context().close()
  }
  return wrong
}

const scenarios = {
  english: () => look('en', 'light', 1280),
  chinese: () => look('zh', 'dark', 1280),
  'english-dark': () => look('en', 'dark', 1280),
  'chinese-light': () => look('zh', 'light', 1280),
  phone: () => look('zh', 'light', 360),
  wide: () => look('en', 'dark', 2200),

  async keyboard() {
    const page = await open()
    const wrong = page.wrong
    const expect = (fine, said) => fine || wrong.push(said)
    await page.goto(link(''))
    await settled(page, '')
    await page.keyboard.press('3')
    await page.waitForSelector('.honest')
    expect((await page.evaluate(() => location.hash)).startsWith('#/space'), 'the key 3 does not lead to the space')
    await page.keyboard.press('/')
    await page.keyboard.type('queen')
    await page.waitForSelector('tbody .word')
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    expect((await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark', 'the key t does not turn the theme')
    await page.keyboard.press('l')
    expect(/空间/.test(await page.textContent('h1')), 'the key l does not turn the language')
    expect(/q=queen/.test(await page.evaluate(() => location.hash)), 'turning the language loses the question')
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open]')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.focus('canvas.points')
    const before = await page.evaluate(() => location.hash)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('+')
    await page.waitForFunction((old) => location.hash !== old, before)
    await page.goto(link('inside', { block: '0', head: '0', from: '2', to: '1' }))
    await settled(page, 'inside')
    await page.evaluate(() => document.getElementById('main').focus())
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowRight')
    expect(/block=1/.test(await page.evaluate(() => location.hash)), 'arrow keys do not change the block')
    expect(/head=1/.test(await page.evaluate(() => location.hash)), 'arrow keys do not change the head')
    await page.focus('.cells')
    await page.keyboard.press('ArrowLeft')
    expect(/to=0/.test(await page.evaluate(() => location.hash)), 'arrow keys do not move in the matrix')
    await page.context().close()
    return wrong
  },

  async 'deep-link'() {
    const page = await open()
    const wrong = page.wrong
    await page.goto(link('space', { view: '2', pin: 'cat', tone: 'cosine' }))
    await settled(page, 'space')
    await page.focus('canvas.points')
    for (const key of ['+', '+', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key)
    const seen = () => page.evaluate(() => [location.hash, document.querySelector('aside table').innerText, Math.round(document.querySelector('.stage svg .own circle').getAttribute('cx') / 4)].join('\n'))
    const still = async () => {
      for (let last = '', now = await seen(); now !== last; now = await seen()) {
        last = now
        await page.waitForTimeout(700)
      }
      return seen()
    }
    await page.waitForSelector('aside table')
    const before = await still()
    await page.reload()
    await settled(page, 'space')
    await page.waitForSelector('aside table')
    const after = await still()
    if (before !== after) wrong.push(`a reload shows another view:\n${before}\n${after}`)
    await page.context().close()
    return wrong
  },

  async labels() {
    const page = await open()
    await page.goto(link('space', { in: 'hostile.space', q: '' }))
    await settled(page, 'space')
    await page.fill('[data-search]', 'king')
    await page.waitForSelector('tbody .word')
    await page.waitForTimeout(300)
    const found = await page.evaluate(() => ({ elements: document.querySelectorAll('main img, main script, main iframe').length, text: document.querySelector('aside table').innerText }))
    if (found.elements) page.wrong.push('a label became an element')
    if (!found.text.includes('<img src=x onerror=alert(1)>')) page.wrong.push(`a label is not shown as it is: ${found.text}`)
    await page.mouse.move(900, 420)
    await page.waitForTimeout(100)
    await page.context().close()
    return page.wrong
  },

  async gone() {
    const page = await open()
    const wrong = page.wrong
    await page.goto(link('tokens', { lang: 'en' }))
    await settled(page, 'tokens')
    await page.context().setOffline(true)
    await page.fill('textarea', 'gone')
    await page.waitForSelector('.trouble')
    if (!/does not answer/.test(await page.textContent('.trouble'))) wrong.push('nobody says that the server is gone')
    await page.context().setOffline(false)
    await page.fill('textarea', 'back')
    await page.waitForSelector('.trouble', { state: 'detached' })
    await page.context().close()
    return wrong
  },

  async writing() {
    const page = await open()
    const wrong = page.wrong
    await page.goto(link('next', { lang: 'en', seed: '3' }))
    await settled(page, 'next')
    await page.click('text=Write 40 tokens')
    await page.waitForFunction(() => document.querySelectorAll('.step').length === 40 || /said that it was done/.test(document.body.innerText))
    const said = await page.textContent('.text')
    await page.click('text=Take as the text')
    await page.waitForTimeout(50)
    if ((await page.inputValue('[data-search]')) !== said) wrong.push('the text is not taken over')
    await page.context().close()
    return wrong
  },
}

const found = {}
for (const name of rest) {
  try {
    found[name] = await scenarios[name]()
  } catch (error) {
    found[name] = [String(error)]
  }
}
await browser.close()
console.log(JSON.stringify(found))
