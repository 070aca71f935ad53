// A part of a page as one SVG that needs nothing else: colours resolved, canvases inside, every word where it stands.

const SVG = 'http://www.w3.org/2000/svg'
const KEPT = ['stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'paint-order', 'opacity', 'font-size', 'font-family',
  'font-style', 'font-weight', 'text-anchor', 'dominant-baseline', 'visibility']
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu
const MARGIN = 8

type Attributes = Record<string, string | number>
function make(name: string, attributes: Attributes): SVGElement {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}

let pen: CanvasRenderingContext2D | null = null
const penOf = (): CanvasRenderingContext2D =>
  (pen ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })!)

/** Any colour of a style sheet as the two attributes that every program reads. */
function paint(of: 'fill' | 'stroke', colour: string): Attributes {
  if (colour === 'none' || colour.startsWith('url(')) return { [of]: colour }
  const one = penOf()
  one.clearRect(0, 0, 1, 1)
  one.fillStyle = colour
  one.fillRect(0, 0, 1, 1)
  const [r, g, b, alpha] = one.getImageData(0, 0, 1, 1).data as unknown as [number, number, number, number]
  return alpha ? { [of]: `rgb(${r},${g},${b})`, [`${of}-opacity`]: Number((alpha / 255).toFixed(3)) } : { [of]: 'none' }
}

function nested(drawn: SVGSVGElement, box: DOMRect): SVGElement {
  const copy = drawn.cloneNode(true) as SVGSVGElement
  const from = [drawn, ...drawn.querySelectorAll('*')]
  const to = [copy, ...copy.querySelectorAll('*')]
  from.forEach((one, place) => {
    const style = getComputedStyle(one)
    const said: Attributes = { ...paint('fill', style.fill), ...paint('stroke', style.stroke) }
    for (const name of KEPT) said[name] = style.getPropertyValue(name)
    for (const [name, value] of Object.entries(said)) to[place]!.setAttribute(name, String(value))
    for (const name of ['class', 'style', 'tabindex']) to[place]!.removeAttribute(name)
  })
  const behind = getComputedStyle(drawn).backgroundColor
  copy.prepend(make('rect', { width: box.width, height: box.height, ...paint('fill', behind) }))
  for (const [name, value] of Object.entries({ x: box.left, y: box.top, width: box.width, height: box.height })) copy.setAttribute(name, String(value))
  copy.setAttribute('overflow', getComputedStyle(drawn).overflow)
  return copy
}

/** A canvas as a picture within the picture; one that shows its pixels as squares is made large enough to keep them so. */
function pixels(canvas: HTMLCanvasElement, box: DOMRect): SVGElement {
  let seen = canvas
  if (getComputedStyle(canvas).imageRendering === 'pixelated') {
    seen = Object.assign(document.createElement('canvas'), { width: Math.ceil(2 * box.width), height: Math.ceil(2 * box.height) })
    const large = seen.getContext('2d')!
    large.imageSmoothingEnabled = false
    large.drawImage(canvas, 0, 0, seen.width, seen.height)
  }
  return make('image', { x: box.left, y: box.top, width: box.width, height: box.height, preserveAspectRatio: 'none', href: seen.toDataURL() })
}

/** The words of a text, each where it stands; one that is broken over lines goes letter by letter. */
function words(text: Text, style: CSSStyleDeclaration, add: (made: SVGElement, box: DOMRect) => void): void {
  const font = { 'font-family': style.fontFamily, 'font-size': style.fontSize, 'font-weight': style.fontWeight, 'font-style': style.fontStyle }
  const one = penOf()
  one.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  const below = one.measureText('x').fontBoundingBoxDescent
  const range = document.createRange()
  const write = (start: number, said: string): void => {
    range.setStart(text, start)
    range.setEnd(text, start + said.length)
    const [box, more] = range.getClientRects()
    if (!box?.width) return
    if (more && [...said].length > 1) {
      let at = start
      for (const letter of said) {
        write(at, letter)
        at += letter.length
      }
      return
    }
    const made = make('text', { x: box.left, y: box.bottom - below, ...font, ...paint('fill', style.color) })
    made.textContent = said
    add(made, box)
  }
  for (const found of text.data.matchAll(/\S+/g)) write(found.index, found[0])
}

/** The first colour behind an element that hides what is under it. */
function ground(element: Element | null): string {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor
    if (paint('fill', colour)['fill-opacity'] === 1) return colour
  }
  return 'white'
}

/** What is seen of an element, all of it, also what is scrolled out of sight. */
export function drawn(root: Element): string {
  const ends = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  const visit = (element: Element, into: SVGElement): void => {
    const style = getComputedStyle(element)
    if (!element.checkVisibility({ visibilityProperty: true }) || style.clipPath !== 'none' || element.hasAttribute('data-unkept')) return
    const box = element.getBoundingClientRect()
    const group = Number(style.opacity) < 1 ? make('g', { opacity: style.opacity }) : into
    if (group !== into) into.append(group)
    const add = (made: SVGElement, around: DOMRect): void => {
      group.append(made)
      for (const side of ['left', 'top'] as const) ends[side] = Math.min(ends[side], around[side])
      for (const side of ['right', 'bottom'] as const) ends[side] = Math.max(ends[side], around[side])
    }
    if (element instanceof SVGSVGElement) return add(nested(element, box), box)
    if (element instanceof HTMLCanvasElement) return add(pixels(element, box), box)
    const fill = paint('fill', style.backgroundColor)
    if (fill.fill !== 'none' && box.width && box.height)
      add(make('rect', { x: box.left, y: box.top, width: box.width, height: box.height, rx: parseFloat(style.borderTopLeftRadius) || 0, ...fill }), box)
    for (const child of element.childNodes) {
      if (child instanceof Text) words(child, style, add)
      else if (child instanceof Element) visit(child, group)
    }
  }
  const all = make('g', {})
  visit(root, all)
  if (ends.right < ends.left) Object.assign(ends, { left: 0, top: 0, right: 1, bottom: 1 })
  const view = { x: ends.left - MARGIN, y: ends.top - MARGIN, width: ends.right - ends.left + 2 * MARGIN, height: ends.bottom - ends.top + 2 * MARGIN }
  const whole = make('svg', { viewBox: `${view.x} ${view.y} ${view.width} ${view.height}`, width: view.width, height: view.height })
  whole.append(make('rect', { ...view, ...paint('fill', ground(root)) }), all)
  return new XMLSerializer().serializeToString(whole).replace(NOT_XML, '\ufffd')
}
