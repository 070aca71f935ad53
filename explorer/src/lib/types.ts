// The questions and answers of the server, as /api/openapi.json describes them.

export type Points = 'W_E' | 'W_U'
export type Rule = 'sum' | '3cosadd' | '3cosmul'

export interface Opened {
  id: string
  kind: 'space' | 'model' | 'tokenizer' | 'config'
  format: string
  about: string
  licence: string
  bytes: number
  named: boolean
  speaks: boolean
  points: string[]
  parameters: number | null
  facts: Record<string, number>
  problem: string
}
export interface Listed {
  id: string
  kind: string
  about: string
  licence: string
  bytes: number
}
export interface Home {
  version: string
  opened: Opened[]
  shelf: Listed[]
  configs: string[]
  torch: boolean
  takes: number
}

export interface Piece {
  id: number
  text: string
  bytes: string
  start: number
  end: number
  special: boolean
}
export interface Cut {
  kind: string
  vocabulary: number
  characters: number
  bytes: number
  tokens: Piece[]
}
export interface Merges {
  stretches: { stretch: string; steps: string[][] }[]
}

export interface Table {
  rows: number
  dim: number
  count: number
  tokens: string[]
  ids: number[]
  numbers: number[][]
  equal: boolean
  angle: number | null
  pair: string[]
}

export interface SpaceFacts {
  rows: number
  dim: number
  tokens: boolean
  counted: boolean
  notes: string[]
}
export interface MapFacts {
  method: 'pca' | 'slice'
  axes: string[]
  variance: number[]
  kept: number
  extent: number[]
}
export interface Trust {
  share: [number, number]
  chance: number
  sample: number
  neighbours: number
}
export interface Found {
  label: string
  cosine: number
  rank: number
  score: number
  row: number
}
export interface Near {
  query: string
  rule: Rule
  neighbours: Found[]
  excluded: Found[]
}
export interface Stop {
  label: string
  factor: number
  row: number
  at: number[]
  sum: number[]
}
export interface Way {
  query: string
  stops: Stop[]
  norm: number
}
export interface Similarity {
  a: string
  b: string
  cosine: number
  dot: number
  angle_degrees: number
  percentile: number
  random_mean: number
  random_negative: number
  missing: string[]
}

export interface Projected {
  label: string
  value: number
  low: number | null
  high: number | null
  cosine: number
}
export interface Axis {
  coherence: number | null
  agreement: number[]
  p: number | null
  smallest_p: number | null
  projections: Projected[]
}
export interface Association {
  name: string
  effect: number
  p: number
  smallest_p: number
  exact: boolean
  missing: string[]
}

export interface Settings {
  temperature: number
  top_k: number
  top_p: number
  min_p: number
}
/** Examples of which a space holds every word. */
export interface Offered {
  expressions: string[]
  analogy: string
  opposites: string[]
  directions: { name: 'plural' | 'gender' | 'size' | 'sentiment' | 'own'; pairs: string[][]; words: string[] }[]
  association: { x: string[]; y: string[]; a: string[]; b: string[] } | null
}
export interface Choice {
  id: number
  token: string
  logit: number
  scaled: number
  plain: number
  kept_k: boolean
  kept_p: boolean
  kept_min: boolean
  chance: number
  drawn: number
}
export interface NextWords {
  choices: Choice[]
  total: number
  left_k: number
  left_p: number
  left_min: number
  entropy: number
  others: number
  denominator: number | null
  tokens: number
  n_ctx: number
}
export interface Written {
  id: number
  token: string
  text: string
  chance: number
  nats: number
  ending: string
}
export interface Losses {
  tokens: { id: number; token: string; nats: number | null }[]
  nats_per_token: number
  bits_per_byte: number
  perplexity: number
}

export interface Row {
  name: string
  shape: number[]
  formula: string
  parameters: number
  kind: string
  tied: string
}
export interface Counted {
  name: string
  total: number
  active: number
  by_kind: Record<string, number>
  eight: Record<string, number>
  bytes: Record<string, number>
  cache: [number, number]
  flops: [number, number]
  facts: Record<string, number>
  tied: boolean | null
  rows: Row[]
  source: string
  published: string
}

export interface Candidate {
  token: string
  id: number
  probability: number
  logit: number
}
/** A text, a model, and what steps in: places put to silence, patches from other texts, directions added. */
export interface Looked {
  id: string
  text: string
  silent?: string[]
  patched?: string[]
  steered?: string[]
}
export interface Window {
  all: { name: string; rows: number; columns: number; product: string[] }[]
  row: number
  column: number
  row_names: string[]
  column_names: string[]
  values: (number | null)[][]
}
export interface Taken {
  row: number
  column: number
  value: number
  product: string[]
  left: number[]
  right: number[]
  sum: number
  factor: number
  bias: number
}
export interface Stage {
  at: [number, number]
  kept: number
  length: number
  start: number
  says: string
  chance: number
}
export interface Journey {
  token: string
  position: number
  axes: string[]
  words: [number, number][]
  stages: Stage[]
}
export interface Reading {
  tokens: string[]
  ids: number[]
  heads: number[]
  windows: (number | null)[]
  causal: boolean
  next: Candidate[]
  before: Candidate[]
}
export interface Product {
  query: number[]
  key: number[]
  dot: number
  score: number
  weight: number
}
export interface Layers {
  positions: number[]
  cells: { token: string; chance: number }[][][]
}
export interface Sum {
  token: number
  name: string
  position: number
  parts: { part: string; score: number }[]
  score: number
  error: number
}

/** What each path under /api/ is asked, and what it answers. */
export interface Api {
  tokens: [{ id: string; text: string; special?: boolean }, Cut]
  merges: [{ id: string; text: string }, Merges]
  table: [{ id: string; text: string }, Table]
  space: [{ id: string; points?: Points }, SpaceFacts]
  map: [{ id: string; points?: Points; axes?: string[] }, MapFacts]
  groups: [{ id: string; points?: Points }, { groups: { size: number; words: string[] }[]; early: number }]
  'map/trust': [{ id: string; points?: Points; axes?: string[] }, Trust]
  near: [{ id: string; query: string; n?: number; points?: Points; rule?: Rule }, Near]
  path: [{ id: string; query: string; points?: Points; axes?: string[] }, Way]
  similarity: [{ id: string; a: string; b: string; points?: Points }, Similarity]
  direction: [{ id: string; pairs: string[][]; words?: string[]; points?: Points; seed?: number }, Axis]
  weat: [
    { id: string; name: string; x: string[]; y: string[]; a: string[]; b: string[]; points?: Points },
    Association,
  ]
  next: [{ id: string; text: string; settings?: Settings; n?: number; draws?: number; seed?: number }, NextWords]
  losses: [{ id: string; text: string }, Losses]
  'inside/read': [Looked, Reading]
  'inside/product': [Looked & { block: number; head: number; query: number; key: number }, Product]
  'inside/matrix': [
    Looked & { block: number; head: number; matrix: string; row: number; column: number; rows: number; columns: number },
    Window,
  ]
  'inside/cell': [Looked & { block: number; head: number; matrix: string; row: number; column: number }, Taken]
  'inside/journey': [Looked & { position: number; axes?: string[] }, Journey]
  'inside/lens': [Looked & { position?: number; last?: number; n?: number }, Layers]
  'inside/parts': [Looked & { position?: number; token?: number }, Sum]
  count: [{ name: string; changes?: Record<string, number | boolean> }, Counted]
  'learn/begin': [Begin, Current]
  'learn/stop': [Record<string, never>, Learns]
  replay: [{ id: string }, Replay]
  'replay/near': [{ id: string; word: string; frame: number; n?: number }, Moment]
  offered: [{ id: string; language: 'en' | 'zh' }, Offered]
  compare: [Both & { n?: number }, Compared]
  'compare/fits': [Record<string, never>, Fits]
  'compare/words': [Both & { words: string[]; n?: number }, Ways]
  'compare/layers': [{ id: string; word: string; text: string; other?: string; n?: number }, WordLayers]
}

/** Paths whose answers come step by step. */
export interface StepsApi {
  write: [{ id: string; text: string; settings?: Settings; most?: number; seed?: number; after?: number[] }, Written]
  'learn/follow': [{ since?: number }, Happened]
}

export interface Begin {
  kind: 'vectors' | 'gpt'
  name: string
  text: string
  vectors?: { method: string; vector_size: number; window: number; epochs: number; min_count: number; watch: string[] }
  gpt?: { minutes: number; tokenizer: string | null }
}
export interface Current {
  name: string
  kind: 'vectors' | 'gpt'
  state: 'running' | 'done' | 'failed'
  stopping: boolean
}
export interface Learns {
  folder: string
  vectors: boolean
  gpt: boolean
  now: Current | null
  learned: { id: string; kind: 'vectors' | 'gpt'; replay: boolean }[]
}
export interface Happened {
  kind: 'note' | 'going' | 'look' | 'frame' | 'done' | 'failed'
  text: string
  stage: '' | 'reading' | 'counting' | 'learning'
  fraction: number | null
  step: number
  steps: number
  loss: number | null
  held_out: number | null
  rate: number | null
  seconds_left: number | null
  words: string[] | null
  at: [number, number][] | null
}
export interface Measured {
  fraction: number
  loss: number | null
  held_out: number | null
}
export interface Replay {
  words: string[]
  fractions: number[]
  kept: number
  losses: Measured[]
  samples: { fraction: number; text: string }[]
}
export interface Moment {
  near: { label: string; cosine: number }[]
  share: number
}
export interface Both {
  a: string
  b: string
  points_a?: Points
  points_b?: Points
  pairs?: string[][]
  centred?: boolean
}
export interface Moved {
  label: string
  cosine: number
}
/** How many numbers each point of an item has, and which items can be turned onto each other. */
export interface Fits {
  widths: { id: string; dim: number }[]
  pairs: { a: string; b: string }[]
}
export interface Compared {
  shared: number
  settled: number
  dim: number
  residual: number
  median: number
  moved: Moved[]
  kept: Moved[]
  bars: number[]
}
export interface Shift {
  label: string
  start: [number, number]
  end: [number, number] | null
  cosine: number | null
}
export interface Neighbourhoods {
  word: string
  first: (Moved & { both: boolean })[]
  second: (Moved & { both: boolean })[]
}
export interface Ways {
  steps: Shift[]
  near: Neighbourhoods[]
}
export interface WordLayers {
  tokens: string[][]
  layers: { start: number; other: number | null; strangers: number | null; near: Moved[][] }[]
}

/** Paths whose answers are numbers. */
export interface NumbersApi {
  'replay/points': { id: string }
  'inside/patterns': Looked & { block: number; last?: number }
  'map/points': { id: string; points?: Points; axes?: string[] }
  colours: {
    id: string
    by: 'length' | 'count' | 'cosine' | 'share' | 'cluster'
    points?: Points
    query?: string
    axes?: string[]
  }
}
