import { Check } from 'typebox/value'
import type { FastifyRequest } from 'fastify'
import { refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { readFileForm } from '../programmes/plugin.ts'
import { EmergencyBody } from './messages.ts'
import type { EmergencyPluginDeps } from './seen.ts'

/** Half an hour of uncompressed sound. */
export const MAX_RECORDING_BYTES = 209_715_200
const PROBE_MS = 2_000

const BAD_ORDER: Refusal = {
  status: 400, code: 'invalid', field: '/order',
  en: 'The field "order" must be the JSON that /api/docs describes for an emergency, without the recording.',
  vi: 'Trường "order" phải là JSON như mô tả tại /api/docs cho thông báo khẩn, không kèm bản ghi.',
}
const NOT_SOUND: Refusal = {
  status: 422, code: 'not-audio', field: '/file',
  en: 'The file is not a recording, nothing was sent: choose an MP3, WAV, M4A or OGG file.',
  vi: 'Tệp không phải là bản ghi âm, chưa gửi gì: hãy chọn tệp MP3, WAV, M4A hoặc OGG.',
}
const NO_ROOM: Refusal = {
  status: 503, code: 'disk-full',
  en: 'The disk of the server is full, nothing was sent: remove old recordings, or use a stored clip.',
  vi: 'Ổ đĩa máy đài đã đầy, chưa gửi gì: hãy xoá bớt bản ghi cũ, hoặc dùng bản ghi có sẵn.',
}

/** A form is no JSON body: the framework does not check it. */
function bodyOf(text: string | undefined): EmergencyBody | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return Check(EmergencyBody, value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** An emergency with a recording: the file is durable, and known to hold sound, before the order is accepted. */
export async function readRecordingForm(request: FastifyRequest, deps: EmergencyPluginDeps): Promise<Outcome<{ readonly body: EmergencyBody; readonly recording: string }>> {
  const form = await readFileForm(request, deps, MAX_RECORDING_BYTES)
  if (!form.ok) return form
  const { fields, upload } = form.value
  const { sounds, files } = deps.emergencies
  try {
    const body = bodyOf(fields.get('order'))
    if (!body) return refused(BAD_ORDER)
    const probed = await sounds.ffmpeg.probe(upload.path, { timeoutMs: PROBE_MS })
    // a busy machine is no reason to refuse: only a file that was looked at and holds no sound
    const isSound = probed.ok ? probed.value.audio !== null : probed.code === 'timed-out' || probed.code === 'busy'
    if (!isSound) return refused(NOT_SOUND)
    return { ok: true, value: { body, recording: await files.keep(upload.path) } }
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code))) throw error
    return refused(NO_ROOM)
  } finally {
    await upload.discard()
  }
}
