import { answerOf, type Answer } from '../../lib/answer.ts'

/** A year of a province takes some seconds to be made. */
const WAIT_MS = 180_000

/** Fetches a file that the server makes. Never throws: a link that is down is an answer as well. */
export async function fetchFile(path: string): Promise<Answer<{ readonly blob: Blob; readonly name: string }>> {
  try {
    const response = await fetch(`/api/v1${path}`, { credentials: 'same-origin', signal: AbortSignal.timeout(WAIT_MS) })
    if (!response.ok) return await answerOf(response)
    const [, name = 'tep'] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? []
    return { ok: true, value: { blob: await response.blob(), name } }
  } catch {
    return { ok: false, kind: 'offline' }
  }
}

/** Saves it among the device's files. */
export function saveFile(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  // some browsers read it only after the click is over
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
