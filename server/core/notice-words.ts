/** Words of those who build such stations. They belong on no loudspeaker, and on no screen of the people who use it. */
const JARGON = [
  'hệ thống', 'máy chủ', 'server', 'upload', 'download', 'error', 'file', 'click', 'user', 'admin', 'online', 'offline', 'login', 'cluster', 'stream', 'media',
  'audio', 'database', 'dữ liệu', 'API', 'token', 'update', 'reset', 'broadcast', 'kết nối', 'thiết bị đầu cuối', 'giao diện',
] as const

/** Which of them a text has, each once. */
export function jargonIn(text: string): string[] {
  const plain = text.normalize('NFC').toLocaleLowerCase('vi')
  return JARGON.filter((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word.toLocaleLowerCase('vi')}(?![\\p{L}\\p{N}])`, 'u').test(plain))
}
