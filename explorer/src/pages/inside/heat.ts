// Shares and signed numbers as colours of the palette.
import type { Rows } from '../../lib/keep'
import { t } from '../../lib/language.svelte'
import { colour } from '../../lib/theme.svelte'

type Rgb = [number, number, number]

function rgb(name: string): Rgb {
  const hex = colour(name).replace('#', '')
  return [0, 2, 4].map((place) => parseInt(hex.slice(place, place + 2), 16)) as Rgb
}

const mix = (a: Rgb, b: Rgb, part: number): Rgb => a.map((one, place) => one + (b[place]! - one) * part) as Rgb

/** From the panel to the colour of what rises; small shares are lifted so that they can be seen. */
export function shares(): (share: number) => Rgb {
  const [none, all] = [rgb('sunk'), rgb('rise')]
  return (share) => mix(none, all, Math.sqrt(share))
}

/** Draw a square of shares into a canvas, a pixel each. */
export function drawShares(canvas: HTMLCanvasElement, values: Float32Array, side: number, turned = false): void {
  canvas.width = side
  canvas.height = side
  const pen = canvas.getContext('2d')!
  const picture = pen.createImageData(side, side)
  const hue = shares()
  for (let row = 0; row < side; row += 1)
    for (let column = 0; column < side; column += 1) {
      const at = 4 * (turned ? column * side + row : row * side + column)
      const [r, g, b] = hue(values[row * side + column]!)
      picture.data.set([r, g, b, 255], at)
    }
  pen.putImageData(picture, 0, 0)
}

/** A signed number against the largest there is: blue above zero, orange below. */
export const signed = (value: number, most: number): string =>
  `color-mix(in srgb, var(${value < 0 ? '--fall' : '--rise'}) ${Math.round(100 * Math.min(1, Math.abs(value) / (most || 1)))}%, var(--sunk))`

export const shown = (token: string): string => token.replace(/ /g, '␣').replace(/\n/g, '⏎').replace(/\t/g, '⇥') || '∅'

/** Draw signed numbers side by side, a pixel each, as `signed` colours them. */
export function drawStrip(canvas: HTMLCanvasElement, values: number[]): void {
  canvas.width = values.length
  canvas.height = 1
  const pen = canvas.getContext('2d')!
  const picture = pen.createImageData(values.length, 1)
  const [none, up, down] = [rgb('sunk'), rgb('rise'), rgb('fall')]
  const most = values.reduce((best, one) => Math.max(best, Math.abs(one)), 0) || 1
  values.forEach((one, place) => {
    const [r, g, b] = mix(none, one < 0 ? down : up, Math.abs(one) / most)
    picture.data.set([r, g, b, 255], 4 * place)
  })
  pen.putImageData(picture, 0, 0)
}

/** A pattern as rows of a table: the chosen token first, and only what is listened to at all; its tokens stand in the text from `first` on. */
export function pairs(pattern: Float32Array, tokens: string[], chosen: number, first: number): Rows {
  const order = [chosen, ...[...tokens.keys()].filter((one) => one !== chosen)]
  return [['query', 'query token', 'key', 'key token', 'share'], ...order.flatMap((query) => tokens.map((token, key) =>
    [first + query, tokens[query] ?? '', first + key, token, pattern[query * tokens.length + key] ?? 0])).filter((row) => row[4] !== 0)]
}
/** What the columns of `pairs` are called on the page. */
export const listening = (): string[] => [t('place'), t('inside.listens'), t('place'), t('inside.heard'), t('inside.share')]
