// Pictures of the explorer for the README, of a server that holds GloVe and a language model.
//   node tests/pictures.mjs CHROMIUM ADDRESS FOLDER MODEL
import { chromium } from 'playwright-core'

const [executablePath, base, folder, model] = process.argv.slice(2)
const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist']
const browser = await chromium.launch({ executablePath, args })
const VIEWS = {
  space: ['space', { q: 'king - man + woman', theme: 'dark', lang: 'en' }, 800],
  numbers: ['inside', { in: model, block: '3', head: '2', from: '13', to: '12', matrix: 'z', cell: '13.5', theme: 'dark', lang: 'zh' }, 760, '.taken .value'],
  inside: ['inside', { in: model, block: '3', head: '2', from: '13', to: '12', theme: 'light', lang: 'en' }, 1130],
}
for (const [name, [page_name, params, height, seen]] of Object.entries(VIEWS)) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.goto(`${base}/#/${page_name}?${new URLSearchParams(params)}`)
  await page.waitForSelector(seen ?? { space: '.stage .best', inside: '.cells canvas' }[name], { state: 'attached' })
  await page.waitForFunction(() => !document.querySelector('[role=status], [aria-busy=true]') && !/Measuring/.test(document.body.innerText))
  await page.waitForTimeout(1500)
  if (seen) await page.evaluate((where) => document.querySelector(where).closest('.card').scrollIntoView(), seen)
  await page.screenshot({ path: `${folder}/${name}.jpg`, type: 'jpeg', quality: 82 })
  await context.close()
}
await browser.close()
