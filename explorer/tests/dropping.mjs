// A file is opened from the page Home: chosen, dropped, refused, and not without the token.

const VECTORS = 'king 1 2 3\nqueen 1 2 4\nman 0 1 3\nwoman 0 1 4\n'

export const droppingScenarios = ({ open, link, base }) => ({
  async dropping() {
    const page = await open()
    const { wrong } = page
    const said = (text) => page.waitForFunction((text) => document.querySelector('.drop')?.innerText.includes(text), text)
    const put = (name, content) => page.setInputFiles('.drop input[type=file]', { name, mimeType: 'text/plain', buffer: Buffer.from(content) })
    await page.goto(link('', { lang: 'en' }))
    await said('use the address with the token')
    if (await page.locator('.drop input').count()) wrong.push('without the token a file can be chosen')
    await page.goto(`${base}/#/?lang=en&token=${process.env.TOKEN}`)
    await page.reload()
    await put('chosen words.txt', VECTORS)
    await said('chosen-words.txt is open')
    const card = page.locator('.cards li', { hasText: 'chosen-words.txt' })
    if (!(await card.innerText()).includes('GloVe text · 45 B')) wrong.push(`the card says ${await card.innerText()}`)
    await put('chosen words.txt', VECTORS)
    await said('is there already')
    await put('letter.txt', 'Dear reader,\nthis is no file of vectors.\n')
    await said('letter.txt: is text, but no word vectors')
    const files = await page.evaluateHandle((content) => {
      const held = new DataTransfer()
      held.items.add(new File([content], 'dropped.vec'))
      return held
    }, VECTORS)
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: files })
    await said('dropped.vec is open')
    await card.getByText('Space', { exact: true }).click()
    await page.waitForSelector('.honest')
    if (!(await page.evaluate(() => location.hash)).includes('in=chosen-words.txt')) wrong.push('the card leads elsewhere')
    await page.context().close()
    return wrong
  },
})
