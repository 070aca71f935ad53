// What a person takes away: a picture or a table as a file.

export type Rows = (string | number | boolean | null)[][]

function give(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

export function keepCsv(name: string, rows: Rows): void {
  const cell = (value: Rows[number][number]): string => {
    const text = String(value ?? '')
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = rows.map((row) => row.map(cell).join(','))
  give(`${name}.csv`, new Blob([`\ufeff${lines.join('\r\n')}\r\n`], { type: 'text/csv' }))
}

export function keepSvg(name: string, picture: string): void {
  give(`${name}.svg`, new Blob([picture], { type: 'image/svg+xml' }))
}

const LARGEST = 8000 // pixels of a side that every browser can draw

/** The same picture in pixels, two for each of the page. */
export async function keepPng(name: string, picture: string): Promise<void> {
  const seen = new Image()
  // An address that holds the picture: read from a blob, it would not be given back where the pages come from a disk.
  seen.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture)}`
  await seen.decode()
  const canvas = document.createElement('canvas')
  const times = Math.min(2, LARGEST / Math.max(seen.naturalWidth, seen.naturalHeight))
  canvas.width = Math.ceil(seen.naturalWidth * times)
  canvas.height = Math.ceil(seen.naturalHeight * times)
  canvas.getContext('2d')!.drawImage(seen, 0, 0, canvas.width, canvas.height)
  canvas.toBlob((content) => content && give(`${name}.png`, content), 'image/png')
}
