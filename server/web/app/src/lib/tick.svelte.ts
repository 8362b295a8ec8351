/** The time of this device, once a second, for count-downs and ages. Stands still while the page is hidden. */
const time = $state({ now: Date.now() })
setInterval(() => {
  if (!document.hidden) time.now = Date.now()
}, 1_000)
document.addEventListener('visibilitychange', () => void (time.now = Date.now()))
export const now = (): number => time.now
