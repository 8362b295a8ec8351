/** A sentence of the server for a person, in both languages; see ErrorBody of the API. */
export interface Sentence {
  readonly code: string
  readonly vi: string
  readonly en: string
  readonly field?: string
  readonly findings?: readonly { readonly level: 'refused' | 'warning' | 'info'; readonly vi: string; readonly en: string; readonly path: string }[]
}

/** What came of a request: `offline` means that nobody can say whether it happened. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly kind: 'offline' }
  | { readonly ok: false; readonly kind: 'signed-out' | 'forbidden' | 'refused' | 'fault'; readonly status: number; readonly sentence: Sentence }

const kindOf = (status: number): 'signed-out' | 'forbidden' | 'refused' | 'fault' => (status === 401 ? 'signed-out' : status === 403 ? 'forbidden' : status >= 500 ? 'fault' : 'refused')

const UNREADABLE: Sentence = { code: 'unreadable', vi: 'Câu trả lời của máy đài không đọc được. Xin thử lại sau ít phút.', en: 'The answer of the server could not be read. Try again in some minutes.' }

/** Reads what the server said; anything that is no JSON of ours counts as a fault of it. */
export async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text()
  try {
    const body = text === '' ? null : (JSON.parse(text) as unknown)
    if (response.ok) return { ok: true, value: body as T }
    const sentence = (body as { error?: Sentence } | null)?.error ?? UNREADABLE
    return { ok: false, kind: kindOf(response.status), status: response.status, sentence }
  } catch {
    return { ok: false, kind: 'fault', status: response.status, sentence: UNREADABLE }
  }
}
