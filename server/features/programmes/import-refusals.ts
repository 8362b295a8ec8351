/** Why a file is not taken. `why` is for the log and the API, `vi` for the screen; both say what to do. */
export interface ImportRefusal {
  readonly ok: false
  readonly code: ImportRefusalCode
  readonly why: string
  readonly vi: string
}

const SENTENCES = {
  'empty': ['The file is empty. Record or export it again.', 'Bản ghi trống. Vui lòng ghi âm hoặc xuất lại bản ghi.'],
  'not-a-file': ['This is not an ordinary file. Give the path of a recording.', 'Đây không phải là bản ghi âm. Vui lòng chọn lại bản ghi.'],
  'too-large': ['The file is larger than {limit} MB. Shorten it or export it as MP3.', 'Bản ghi lớn hơn {limit} MB. Vui lòng cắt ngắn hoặc xuất sang MP3.'],
  'not-audio': ['The file is not a recording. Choose an MP3, WAV, M4A, OGG or another sound file.', 'Đây không phải là bản ghi âm thanh. Vui lòng chọn bản ghi MP3, WAV, M4A, OGG hoặc bản ghi âm thanh khác.'],
  'no-audio-stream': ['The video has no sound. Choose one with sound.', 'Video này không có tiếng. Vui lòng chọn bản ghi có tiếng.'],
  'playlist': ['The file is a playlist that points to other files. Upload the recordings themselves.', 'Đây là danh sách phát trỏ tới bản ghi khác. Vui lòng gửi lên chính các bản ghi âm thanh.'],
  'too-many-streams': ['The file is built in an unusual way and was not opened. Export it again as MP3 or WAV.', 'Bản ghi có cấu trúc bất thường nên không được mở. Vui lòng xuất lại sang MP3 hoặc WAV.'],
  'damaged': ['The file is damaged. Copy or export it again.', 'Bản ghi bị hỏng. Vui lòng chép hoặc xuất lại bản ghi.'],
  'truncated': ['The file is cut off before its end. Copy or upload it again.', 'Bản ghi bị đứt, thiếu phần cuối. Vui lòng chép hoặc gửi lên lại.'],
  'too-long': ['The recording is longer than {limit} minutes. Cut it into parts.', 'Bản ghi dài hơn {limit} phút. Vui lòng chia thành nhiều phần.'],
  'too-short': ['The recording is shorter than a quarter of a second. Record it again.', 'Bản ghi quá ngắn. Vui lòng ghi âm lại.'],
  'bad-trim': ['The cut is not within the {limit} seconds of the recording, or leaves less than its fades need. Choose other points.', 'Điểm cắt nằm ngoài {limit} giây của bản ghi, hoặc đoạn còn lại quá ngắn. Vui lòng chọn lại điểm cắt.'],
  'silent': ['The recording is silent throughout. Check the microphone and record it again.', 'Bản ghi không có tiếng. Vui lòng kiểm tra micro và ghi âm lại.'],
  'ffmpeg-missing': ['ffmpeg is not installed on the server. Install it with "apt-get install ffmpeg" and try again.', 'Chưa có ffmpeg trên máy đài. Vui lòng cài bằng lệnh "apt-get install ffmpeg" rồi thử lại.'],
  'timed-out': ['Preparing the file took too long. Shorten it, or export it as MP3, and try again.', 'Xử lý bản ghi quá lâu. Vui lòng cắt ngắn hoặc xuất sang MP3 rồi thử lại.'],
  'stopped': ['Preparing the file was stopped. Upload it again.', 'Việc xử lý bản ghi đã bị dừng. Vui lòng gửi lên lại.'],
  'busy': ['Too many files are being prepared. Try again in a few minutes.', 'Đang xử lý quá nhiều bản ghi. Vui lòng thử lại sau vài phút.'],
  'disk-full': ['The disk of the server is full. Remove old recordings and try again.', 'Bộ nhớ của đài đã đầy. Vui lòng xoá bớt bản ghi cũ rồi thử lại.'],
  'no-voice': ['The server cannot speak. Install it with "apt-get install espeak-ng" and choose one of the listed voices.', 'Máy đài chưa đọc được văn bản. Vui lòng cài bằng lệnh "apt-get install espeak-ng" và chọn giọng đọc có trong danh sách.'],
  'bad-text': ['The text is empty or longer than {limit} characters. Shorten it or cut it into parts.', 'Văn bản trống hoặc dài hơn {limit} ký tự. Vui lòng rút ngắn hoặc chia thành nhiều phần.'],
} as const satisfies Record<string, readonly [english: string, vietnamese: string]>

export type ImportRefusalCode = keyof typeof SENTENCES

/** `limit` fills the number that some sentences name; `detail` is added to the English sentence for the log. */
export function refuseImport(code: ImportRefusalCode, given: { limit?: number; detail?: string } = {}): ImportRefusal {
  const [english, vietnamese] = SENTENCES[code]
  const fill = (text: string): string => text.replace('{limit}', String(given.limit ?? ''))
  return {
    ok: false,
    code,
    why: given.detail === undefined ? fill(english) : `${fill(english)} (${given.detail})`,
    vi: fill(vietnamese),
  }
}
