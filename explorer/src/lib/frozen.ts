// A frozen copy of the pages: `armillary explore --export` put the answers beside them, as classic scripts, since a
// browser lets a page that was opened from a disk neither fetch nor load modules.
import { Failure } from './failure'

type Language = 'en' | 'zh'
interface Failed {
  failed: { kind: string; message: string; near: string[] }
}
type Kept = { answer: unknown } | Failed
/** An answer, and the Chinese one where it differs. */
type Answers = Record<string, { en: Kept; zh?: Kept }>

export interface Frozen {
  /** What shows everything else, live. */
  command: string
  /** The text that the pages begin with, if one was given. */
  text: string
  /** Which file answers a question. */
  files: string[]
  where: Record<string, number>
  bytes: number
}

declare global {
  var armillaryFrozen: Frozen | undefined
  var armillaryKeep: ((file: string, answers: Answers) => void) | undefined
}

/** What is frozen here; undefined where a server answers. */
export const frozen: Frozen | undefined = globalThis.armillaryFrozen

const kept = new Map<string, Answers>()
const coming = new Map<string, Promise<Answers>>()
globalThis.armillaryKeep = (file, answers) => void kept.set(file, answers)

const says = (value: unknown): boolean => value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value) || Object.keys(value).length > 0)

/** A question as one line, the same whoever writes it: fields in their alphabet, those that hold an empty object left out. */
function line(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(line).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, one]) => says(one)).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${line(one)}`).join(',')}}`
}

function load(file: string): Promise<Answers> {
  let found = coming.get(file)
  if (!found) {
    found = new Promise((done, fail) => {
      const script = document.createElement('script')
      script.src = `data/${file}`
      script.onload = () => (kept.has(file) ? done(kept.get(file)!) : fail(new Failure('Frozen', '')))
      script.onerror = () => fail(new Failure('Frozen', ''))
      document.head.append(script)
    })
    coming.set(file, found)
  }
  return found
}

/** The answer that was kept for a question; what was not asked when the copy was made is not there. */
export async function thawed(path: string, question: unknown, language: Language): Promise<unknown> {
  const key = says(question) ? `${path} ${line(question)}` : path
  const place = frozen && Object.hasOwn(frozen.where, key) ? frozen.where[key] : undefined
  if (place === undefined) throw new Failure('Frozen', '')
  const one = (await load(frozen!.files[place]!))[key]
  if (!one) throw new Failure('Frozen', '')
  const said = (language === 'zh' && one.zh) || one.en
  if ('failed' in said) throw new Failure(said.failed.kind, said.failed.message, said.failed.near)
  return said.answer
}

/** Numbers that were kept as little-endian float32 in base 64. */
export function unpacked(packed: string): Float32Array {
  const bytes = atob(packed)
  const found = new Uint8Array(bytes.length)
  for (let place = 0; place < bytes.length; place += 1) found[place] = bytes.charCodeAt(place)
  return new Float32Array(found.buffer)
}
