// The one door to the server, or in a frozen copy to its answers. Every number on every page comes through here.
import { Failure } from './failure'
import { frozen, thawed, unpacked } from './frozen'
import { language } from './language.svelte'
import type { Api, Home, Learns, NumbersApi, StepsApi } from './types'

export { Failure }

const TOKEN = 'armillary-token'

/** Keep the token of a server that others can reach for as long as this tab lives. */
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token)
}

async function send(path: string, question?: unknown, signal?: AbortSignal): Promise<Response> {
  if (frozen) throw new Failure('Frozen', '')
  const headers: Record<string, string> = { 'accept-language': language.now }
  const token = sessionStorage.getItem(TOKEN)
  if (token) headers['x-armillary-token'] = token
  const asked: RequestInit = { headers, signal: signal ?? null, credentials: 'omit' }
  if (question !== undefined) {
    const file = question instanceof Blob
    headers['content-type'] = file ? 'application/octet-stream' : 'application/json'
    asked.method = 'POST'
    asked.body = file ? question : JSON.stringify(question)
  }
  let response: Response
  try {
    response = await fetch(`/api/${path}`, asked)
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Failure('Offline', '')
  }
  if (!response.ok) {
    const said = (await response.json().catch(() => ({}))) as Partial<Failure>
    throw new Failure(said.kind ?? String(response.status), said.message ?? response.statusText, said.near ?? [])
  }
  return response
}

/** A file goes to the server, which answers what it is open as. */
export async function drop(file: File): Promise<{ id: string }> {
  return (await send(`drop?name=${encodeURIComponent(file.name)}`, file)).json() as Promise<{ id: string }>
}

export async function home(): Promise<Home> {
  if (frozen) return (await thawed('home', undefined, language.now)) as Home
  return (await send('home')).json() as Promise<Home>
}

export async function learns(): Promise<Learns> {
  if (frozen) return (await thawed('learn', undefined, language.now)) as Learns
  return (await send('learn')).json() as Promise<Learns>
}

export async function ask<P extends keyof Api>(path: P, question: Api[P][0], signal?: AbortSignal): Promise<Api[P][1]> {
  if (frozen) return (await thawed(path, question, language.now)) as Api[P][1]
  return (await send(path, question, signal)).json() as Promise<Api[P][1]>
}

export async function numbers<P extends keyof NumbersApi>(
  path: P,
  question: NumbersApi[P],
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (frozen) return unpacked((await thawed(path, question, language.now)) as string)
  return new Float32Array(await (await send(path, question, signal)).arrayBuffer())
}

export async function labels(question: { id: string; points?: string }, signal?: AbortSignal): Promise<string[]> {
  const text = frozen ? ((await thawed('labels', question, language.now)) as string) : await (await send('labels', question, signal)).text()
  return text.slice(0, -1).split('\n')
}

/** Whether this tab was opened with the token, without which nothing is written. */
export const trusted = (): boolean => Boolean(sessionStorage.getItem(TOKEN))

/** Each step as it comes. */
export async function* steps<P extends keyof StepsApi>(path: P, question: StepsApi[P][0], signal: AbortSignal): AsyncGenerator<StepsApi[P][1]> {
  if (frozen) return yield* (await thawed(path, question, language.now)) as StepsApi[P][1][]
  const response = await send(path, question, signal)
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let waiting = ''
  while (true) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (signal.aborted) throw error
      throw new Failure('Offline', '')
    })
    if (done) return
    const events = (waiting + value).split('\n\n')
    waiting = events.pop()!
    for (const event of events) {
      const [name, data] = event.split('\n').map((line) => line.slice(line.indexOf(':') + 2))
      const said = JSON.parse(data ?? '{}')
      if (name === 'failed') throw new Failure(said.kind, said.message, said.near)
      if (name === 'step') yield said as StepsApi[P][1]
    }
  }
}
