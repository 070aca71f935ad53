// What a person takes away: a picture or a table as a file.

function give(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

export function keepCsv(name: string, rows: (string | number | null)[][]): void {
  const cell = (value: string | number | null): string => {
    const text = String(value ?? '')
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = rows.map((row) => row.map(cell).join(','))
  give(`${name}.csv`, new Blob([`\ufeff${lines.join('\r\n')}\r\n`], { type: 'text/csv' }))
}

export function keepPng(name: string, canvas: HTMLCanvasElement): void {
  canvas.toBlob((content) => content && give(`${name}.png`, content), 'image/png')
}

/** An SVG element of a page as a file of its own: what the style sheet says is written into it. */
export function keepSvg(name: string, drawn: SVGSVGElement): void {
  give(`${name}.svg`, new Blob([alone(drawn)], { type: 'image/svg+xml' }))
}

const KEPT = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-size', 'font-family', 'font-weight',
  'text-anchor', 'dominant-baseline']

export function alone(drawn: SVGSVGElement): string {
  const copy = drawn.cloneNode(true) as SVGSVGElement
  const from = [drawn, ...drawn.querySelectorAll('*')]
  const to = [copy, ...copy.querySelectorAll('*')]
  from.forEach((one, place) => {
    const style = getComputedStyle(one)
    for (const name of KEPT) to[place]!.setAttribute(name, style.getPropertyValue(name))
    to[place]!.removeAttribute('class')
  })
  const box = drawn.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(box.width))
  copy.setAttribute('height', String(box.height))
  return new XMLSerializer().serializeToString(copy)
}
