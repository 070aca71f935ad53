// What every picture can be taken away as: an SVG that needs nothing else, a PNG with something on it, a CSV with its header.
import { readFile } from 'node:fs/promises'

const LISTENING = 'query,query token,key,key token,share'
/** The header of every file of numbers, by what it is of. */
const HEADERS = {
  attention: LISTENING, 'attention arcs': LISTENING, heads: `head,${LISTENING}`, terms: 'i,left,right,term', 'comes next': 'when,token,id,chance',
  journey: 'layer,x,y,kept,length,start,says,chance', lens: 'layer,position,after,token,chance', parts: 'part,score', next: 'token,id,logit,scaled,plain,chance,drawn',
  written: 'token,id,chance,nats', loss: 'token,id,nats', weat: 'what,value', merges: 'step,parts', direction: 'word,value,low,high,cosine',
  'tokens tiny': 'place,id,text,bytes,start,end', 'kinds tiny': 'kind,parameters,share', 'count tiny': 'tensor,shape,formula,parameters,kind,tied',
  'royal.space-space': 'label,row,x,y,z', 'near king - man + woman': 'label,cosine,rank,own', cosines: 'low,high,words',
}
const VIEWS = [
  ['inside', { block: '0', head: '0' }, ['heads', 'attention', 'comes next', 'terms', 'scores-0']],
  ['inside', { view: 'arcs', journey: '1' }, ['attention arcs', 'journey', 'lens', 'parts'], 'inside'],
  ['next', {}, ['next', 'written', 'loss'], 'text=Write 40 tokens'],
  ['directions', {}, ['direction', 'weat'], 'weat'],
  ['tokens', { in: 'tiny' }, ['tokens tiny', 'merges']],
  ['count', { in: 'tiny', and: '' }, ['kinds tiny', 'count tiny']],
  ['space', { in: 'royal.space', q: '' }, ['royal.space-space']],
  ['space', { in: 'royal.space' }, ['royal.space-space', 'near king - man + woman']],
  ['compare', {}, ['cosines']],
  ['lessons', { lesson: 'attention' }, ['attention']],
]

/** Whether an SVG can be read without the page, and whether a PNG has more than one colour on it. */
const judged = ([svg, png]) => {
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  const asks = [...root.querySelectorAll('*')].some((one) => [...one.attributes].some((each) => /var\(|url\((?!"?#)|^https?:/.test(each.value) && !each.name.startsWith('xmlns')))
  return createImageBitmap(new Blob([Uint8Array.from(atob(png), (one) => one.charCodeAt(0))])).then((map) => {
    const canvas = new OffscreenCanvas(map.width, map.height)
    const pen = canvas.getContext('2d')
    pen.drawImage(map, 0, 0)
    const found = new Set(new Uint32Array(pen.getImageData(0, 0, map.width, map.height).data.buffer))
    return { svg: root.nodeName === 'svg' && !root.querySelector('parsererror') && root.hasAttribute('viewBox'), asks, drawn: root.querySelectorAll('text, path, rect, circle, image').length, colours: found.size }
  })
}

export const keepingScenarios = ({ open, link, settled, pictures }) => ({
  async keeping() {
    const page = await open()
    const wrong = page.wrong
    const taken = async (group, kind) => {
      const [file] = await Promise.all([page.waitForEvent('download'), group.getByText(kind, { exact: true }).click()])
      if (pictures) await file.saveAs(`${pictures}/${file.suggestedFilename()}`)
      return readFile(await file.path())
    }
    for (const [name, more, needed, action] of VIEWS) {
      await page.goto(link(name, { lang: 'en', ...more }))
      await settled(page, name)
      if (action === 'inside') for (const said of ['lens', 'parts']) await page.locator('.card > div > .button.main').first().click().then(() => page.waitForSelector(`[data-keep="${said}"]`))
      else if (action === 'weat') {
        await page.click('details.card > summary')
        for (const [place, said] of ['king man', 'queen woman', 'boy king', 'girl queen'].entries()) await page.locator('details.card textarea').nth(place).fill(said)
        await page.click('details.card .button.main')
      } else if (action) await page.click(action)
      for (const one of needed) await page.waitForSelector(`[data-keep="${one}"]`, { state: 'attached' })
      await settled(page, name)
      await page.waitForTimeout(name === 'space' ? 400 : 0) // labels are counted once the picture rests
      for (const group of await page.locator('[data-keep]').all()) {
        const of = await group.getAttribute('data-keep')
        if (!(await group.isVisible())) continue
        const [svg, png, csv] = [await taken(group, 'SVG'), await taken(group, 'PNG'), await taken(group, 'CSV')]
        const found = await page.evaluate(judged, [svg.toString(), png.toString('base64')])
        if (!found.svg || found.asks || found.drawn < 3 || found.colours < 2) wrong.push(`/${name} ${of}: ${JSON.stringify(found)}`)
        const lines = csv.toString().replace(/^\ufeff/, '').trim().split('\r\n')
        if (lines.length < 2 || (HEADERS[of] ?? lines[0]) !== lines[0]) wrong.push(`/${name} ${of}: ${lines.length} lines under ${lines[0]}`)
        const table = page.locator(`[data-table="${of}"]`)
        if (!(await table.count())) continue
        await table.evaluate((one) => { one.open = true })
        const rows = Math.min(2000, lines.length - 1)
        await page.waitForFunction(([of, rows]) => document.querySelectorAll(`[data-table="${of}"] tbody tr`).length === rows, [of, rows]).catch(() => wrong.push(`/${name} ${of}: not ${rows} rows in the table`))
      }
    }
    for (const [name, more, needed] of [['inside', { block: '0' }, ['heads', 'attention']], ['space', { in: 'royal.space', q: '' }, ['royal.space-space']]]) {
      await page.goto(link(name, { lang: 'zh', ...more }))
      await settled(page, name)
      for (const one of needed) if (!(await page.locator(`[data-table="${one}"]`).count())) wrong.push(`/${name}: no table behind ${one}`)
    }
    await page.context().close()
    return wrong
  },
})
