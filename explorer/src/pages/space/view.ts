import { TONES, type Tone } from '../../cloud/tones'

export interface Lasso {
  on: boolean
  line: { x: number; y: number }[]
}

const BETWEEN = '|'

/** Several expressions in one parameter of the address. */
export const listed = (said: string): string[] => said.split(BETWEEN).map((one) => one.trim()).filter(Boolean)
export const joined = (some: string[]): string => some.join(` ${BETWEEN} `)

/** Flat if the address says so, or if a slice of two directions leaves nothing else. */
export const flatOf = (axes: string[], said: string): boolean => axes.length === 2 || said === '2'

export function toneOf(said: string, query: string): Tone {
  const tone = TONES.find((one) => one === said) ?? 'order'
  return tone === 'cosine' && !query.trim() ? 'order' : tone
}

/** So many points caught by the lasso stand in the address; of more, the link would be too long for some. */
export const LINKED = 200
export const rowsOf = (said: string): number[] => (said ? said.split(',').map(Number) : [])

/** A label as an expression that means it and nothing else; tokens are always quoted. */
export const quoted = (label: string, token: boolean): string =>
  token || /\s|^"|^[-+−]$/.test(label) ? `"${label.replaceAll('"', '""')}"` : label
