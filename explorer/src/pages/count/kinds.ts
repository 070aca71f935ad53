import type { Key } from '../../words'

/** Kinds of tensors in the order in which a token meets them, each with its colour. */
export const KIND: Record<string, { key: Key; hue: string }> = {
  embedding: { key: 'kind.embedding', hue: '#0072b2' },
  positions: { key: 'kind.positions', hue: '#56b4e9' },
  types: { key: 'kind.types', hue: '#8fc7ea' },
  query: { key: 'kind.query', hue: '#e69f00' },
  key: { key: 'kind.key', hue: '#f0c04c' },
  value: { key: 'kind.value', hue: '#d98a2b' },
  output: { key: 'kind.output', hue: '#b8690f' },
  'up-projection': { key: 'kind.up', hue: '#009e73' },
  'gate-projection': { key: 'kind.gate', hue: '#4fbf9f' },
  'down-projection': { key: 'kind.down', hue: '#00694d' },
  router: { key: 'kind.router', hue: '#9ad7c4' },
  norms: { key: 'kind.norms', hue: '#cc79a7' },
  biases: { key: 'kind.biases', hue: '#e3a9c8' },
  transform: { key: 'kind.transform', hue: '#a85585' },
  unembedding: { key: 'kind.unembedding', hue: '#3d5a98' },
  pooler: { key: 'kind.pooler', hue: '#7a6bb0' },
}

export const NOTHING: Record<string, Key> = {
  rotary: 'kind.rotary',
  sinusoids: 'kind.sinusoids',
  mask: 'kind.mask',
  softmax: 'kind.softmax',
  activation: 'kind.activation',
  'residual addition': 'kind.residual',
  dropout: 'kind.dropout',
  'soft cap': 'kind.softcap',
}
