const PREFIX = 'kept.'

/** What somebody has typed and not sent yet; survives that the phone closes the page. */
export const kept = {
  read: (key: string): string | null => localStorage.getItem(`${PREFIX}${key}`),
  write: (key: string, text: string): void => (text === '' ? localStorage.removeItem(`${PREFIX}${key}`) : localStorage.setItem(`${PREFIX}${key}`, text)),
  forget: (key: string): void => localStorage.removeItem(`${PREFIX}${key}`),
}

/** It is not for the next person at this phone. */
export function forgetTyped(): void {
  sessionStorage.clear()
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
}
