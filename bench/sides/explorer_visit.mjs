// What a person waits for in a running explorer, in milliseconds. Run in explorer/, where its packages are.
//   node explorer_visit.mjs CHROMIUM ADDRESS SPACE [MODEL [until-the-picture]]
// It says "ready" when the browser is open, as a person's is, and goes to the address at the next line that it is given.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(`${process.cwd()}/package.json`))
const { chromium } = require('playwright-core')
const [executablePath, base, space, model, only] = process.argv.slice(2)
const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist']
const browser = await chromium.launch({ executablePath, args })
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })).newPage()
page.setDefaultTimeout(120_000)
const median = (some) => some.sort((a, b) => a - b)[Math.floor(some.length / 2)]
const found = {}

// The bytes of the page itself, as they come over the wire.
const wire = await page.context().newCDPSession(page)
await wire.send('Network.enable')
let [bytes, own] = [0, new Set()]
wire.on('Network.responseReceived', (event) => !event.response.url.includes('/api/') && own.add(event.requestId))
wire.on('Network.loadingFinished', (event) => own.has(event.requestId) && (bytes += event.encodedDataLength))

console.log('ready')
await new Promise((done) => process.stdin.once('data', done))
process.stdin.unref()
await page.goto(`${base}/#/space?in=${space}`)
await page.waitForSelector('.honest')
await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
found.drawn_at = Date.now()
found.page_bytes = bytes
if (only) {
  await browser.close()
  console.log(JSON.stringify(found))
  process.exit()
}

await page.waitForFunction(() => !document.querySelector('.state [role=status]'))
await page.waitForTimeout(3000)
// From the key to the arrows, and to the one that leads to the nearest word: the expression is whole with its last letter.
const asked = ['king - man + woman', 'paris - france + china', 'cats - cat + dog', 'queen - woman + man', 'germany - japan + sushi',
  'aunt - woman + man', 'bigger - big + small', 'walked - walk + swim', 'rome - italy + spain']
const [arrows, answers] = [[], []]
for (const expression of asked) {
  await page.evaluate((text) => {
    const field = document.querySelector('[data-search]')
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }, expression.split(' ')[0])
  await page.waitForFunction(() => !document.querySelector('.stage .arrow'))
  await page.waitForTimeout(600)
  const [drawn, answered] = await page.evaluate((text) => new Promise((done) => {
    const start = performance.now()
    let drawn
    const watch = new MutationObserver(() => {
      if (document.querySelectorAll('.stage .arrow').length < 2) return
      drawn ??= new Promise((seen) => requestAnimationFrame(() => seen(performance.now() - start)))
      if (!document.querySelector('.stage .to')) return
      watch.disconnect()
      requestAnimationFrame(async () => done([await drawn, performance.now() - start]))
    })
    watch.observe(document.querySelector('.stage'), { childList: true, subtree: true })
    const field = document.querySelector('[data-search]')
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }), expression)
  arrows.push(drawn)
  answers.push(answered)
}
found.key_to_arrows = median(arrows)
found.key_to_answer = median(answers)

await page.focus('canvas.points')
found.frames = await page.evaluate(() => new Promise((done) => {
  const canvas = document.querySelector('canvas.points')
  const times = []
  let last = performance.now()
  const step = (now) => {
    times.push(now - last)
    last = now
    if (times.length > 30) return done(times.slice(1))
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}))
// The same in the plane, the points pulled by the pointer.
await page.goto(`${base}/#/space?in=${space}&view=2`)
await page.waitForFunction(() => !document.querySelector('.state [role=status]'))
await page.waitForTimeout(1500)
const before = await page.evaluate(() => location.hash)
found.pan = await page.evaluate(() => new Promise((done) => {
  const canvas = document.querySelector('canvas.points')
  const { left, top, width, height } = canvas.getBoundingClientRect()
  const pull = (type, times) => canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, isPrimary: true, button: type === 'pointermove' ? -1 : 0,
    buttons: type === 'pointerup' ? 0 : 1, clientX: left + width / 2 + 4 * times, clientY: top + height / 2 }))
  canvas.setPointerCapture = canvas.releasePointerCapture = () => undefined
  const times = []
  let last = performance.now()
  pull('pointerdown', 0)
  const step = (now) => {
    times.push(now - last)
    last = now
    if (times.length > 30) {
      pull('pointerup', 31)
      return done(times.slice(1))
    }
    pull('pointermove', times.length)
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}))
await page.waitForFunction((old) => location.hash !== old, before) // the points did move
found.renderer = await page.evaluate(() => {
  const gl = document.createElement('canvas').getContext('webgl2')
  const about = gl.getExtension('WEBGL_debug_renderer_info')
  return about ? gl.getParameter(about.UNMASKED_RENDERER_WEBGL) : ''
})

if (model) {
  const text = Array.from({ length: 64 }, (_, place) => ['the', 'cat', 'sat', 'on'][place % 4]).join(' ')
  const inside = (more = '') => page.goto(`${base}/#/inside?in=${model}${more}&text=${encodeURIComponent(text)}`)
  await page.goto(`${base}/#/`)
  await page.waitForSelector('.ways')
  const begun = Date.now()
  await inside('&x=1')
  await page.waitForSelector('.cells canvas')
  found.cold = Date.now() - begun // the weights are read for it
  await page.goto(`${base}/#/`)
  await page.waitForSelector('.ways')
  const start = Date.now()
  await inside(`&y=1&text=${encodeURIComponent(text)}`)
  await page.waitForSelector('.cells canvas')
  found.attention = Date.now() - start
  const changes = []
  for (const key of ['ArrowRight', 'ArrowUp', 'ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowUp']) {
    await page.waitForTimeout(1500)
    changes.push(await page.evaluate((pressed) => new Promise((done) => {
      document.getElementById('main').focus()
      const start = performance.now()
      const canvas = document.querySelector('.cells canvas')
      const pen = canvas.getContext('2d')
      const drawn = pen.putImageData.bind(pen)
      pen.putImageData = (...given) => {
        drawn(...given)
        delete pen.putImageData
        requestAnimationFrame(() => done(performance.now() - start))
      }
      document.getElementById('main').dispatchEvent(new KeyboardEvent('keydown', { key: pressed, bubbles: true }))
    }), key))
  }
  found.change = median(changes)
}
await browser.close()
console.log(JSON.stringify(found))
