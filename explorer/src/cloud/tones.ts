// What a point's colour says: a tone from 0 to 1 for each row, and the colours that tones stand for.
import type { Theme } from '../lib/theme.svelte'

export const TONES = ['order', 'length', 'cosine', 'share', 'count', 'cluster'] as const
export type Tone = (typeof TONES)[number]

const RISING = {
  light: ['#7f9cbd', '#4f91bb', '#2776a8', '#1b4f86', '#3a1f63'],
  dark: ['#34507f', '#2f7593', '#3fa08c', '#a9c75f', '#fbe37a'],
}
const EITHER = {
  light: ['#0072b2', '#6fa6c8', '#b4b8be', '#dd9a62', '#b8480a'],
  dark: ['#56b4e9', '#3a6f94', '#454d5b', '#ad7630', '#ffb54d'],
}

/** Hues for groups, after Okabe and Ito; what each stands for is written beside it. */
export const GROUPS = {
  light: ['#0072b2', '#d55e00', '#00775a', '#b0508a', '#8a6d00', '#2f9fd8', '#5b4bb5', '#6b6b6b'],
  dark: ['#56b4e9', '#f08a3c', '#3cc79d', '#e08fc0', '#e6d44a', '#8fd0ff', '#a99cff', '#b9b9b9'],
}

export const ramp = (tone: Tone, theme: Theme): string[] =>
  (tone === 'cluster' ? GROUPS : tone === 'cosine' ? EITHER : RISING)[theme]

/** The first rows high, by the logarithm of their number: words by how frequent they are, in most files. */
export function byOrder(count: number): Float32Array {
  const most = Math.log(count + 1)
  return Float32Array.from({ length: count }, (_, row) => 1 - Math.log(row + 1) / most)
}

/** Numbers as tones: cosines around the middle, others between the lowest and the highest percent. */
export function toTones(values: Float32Array, tone: Tone): Float32Array {
  if (tone === 'cluster') return values.map((one) => one / (GROUPS.light.length - 1))
  if (tone === 'cosine') return values.map((one) => 0.5 + one * 0.62)
  const used = tone === 'count' ? values.map((one) => Math.log(one + 1)) : values
  const step = Math.max(1, Math.floor(used.length / 5000))
  const some = used.filter((_, row) => row % step === 0).sort()
  const low = some[Math.floor(some.length * 0.01)]!
  const high = some[Math.floor(some.length * 0.99)]!
  return used.map((one) => (one - low) / (high - low || 1))
}
