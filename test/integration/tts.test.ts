import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTts } from '../../server/adapters/tts-choice.ts'
import { createHttpTts } from '../../server/adapters/tts-http.ts'
import { createSherpa } from '../../server/adapters/tts-sherpa.ts'
import { soundWav } from '../../server/adapters/tts-wav.ts'
import { wavFile } from '../../server/core/tones.ts'
import { readServerSettings } from '../../server/core/server-settings.ts'
import { silentLog } from '../../shared/core/log.ts'

const WAV = wavFile(Float32Array.from({ length: 4_800 }, (_, n) => 0.3 * Math.sin(n / 10)), 48_000)

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'tl-tts-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

interface Asked { readonly text: string; readonly voice: string; readonly speed: number }
/** A speech service on this machine. */
async function service(t: Test, answer: { status?: number; body?: Uint8Array; hang?: boolean } = {}): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      asked.push(JSON.parse(text) as Asked)
      if (answer.hang) return
      response.writeHead(answer.status ?? 200, { 'content-type': 'audio/wav' })
      response.end(answer.body ?? WAV)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/noi`, asked }
}

/** Stands in for sherpa-onnx-offline-tts, which needs a model of 60 MB: notes how it was called and writes a WAV. */
function standIn(t: Test): { program: string; model: string; called: () => string[] } {
  const at = folder(t)
  const [program, model] = [join(at, 'sherpa'), join(at, 'vits-vi')]
  mkdirSync(join(model, 'espeak-ng-data'), { recursive: true })
  writeFileSync(join(model, 'vi.onnx'), 'model')
  writeFileSync(join(model, 'tokens.txt'), 'a 1')
  writeFileSync(join(at, 'said.wav'), WAV)
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${at}/called'\nfor a in "$@"; do case "$a" in --output-filename=*) cp '${at}/said.wav' "\${a#*=}";; esac; done\n`)
  chmodSync(program, 0o755)
  return { program, model, called: () => readFileSync(join(at, 'called'), 'utf8').trim().split('\n') }
}

t.test('a service is asked for text, voice and speed, and its WAV is taken', async (t) => {
  const { url, asked } = await service(t)
  const tts = createHttpTts({ url })
  const said = await tts.synthesize('Xin chào', { voice: 'http-south', speed: 120 })
  t.ok(said.ok && said.value.length === WAV.length)
  t.same(asked, [{ text: 'Xin chào', voice: 'south', speed: 120 }])
})

t.test('a service that fails, hangs, is away or answers nonsense is a refusal, never a throw', async (t) => {
  const ask = async (url: string): Promise<string> => {
    const said = await createHttpTts({ url, timeoutMs: 500 }).synthesize('a', { voice: 'http-north' })
    return said.ok ? 'ok' : said.code
  }
  t.equal(await ask((await service(t, { status: 500 })).url), 'failed')
  t.equal(await ask((await service(t, { body: new Uint8Array(100) })).url), 'failed')
  t.equal(await ask((await service(t, { hang: true })).url), 'timed-out')
  t.equal(await ask('http://127.0.0.1:9/'), 'no-engine')
  const { url } = await service(t, { hang: true })
  const stop = new AbortController()
  const stopped = createHttpTts({ url }).synthesize('a', { voice: 'http-north', signal: stop.signal })
  stop.abort()
  t.match(await stopped, { ok: false, code: 'stopped' })
})

t.test('sherpa is called with the parts of its model, and leaves nothing behind', async (t) => {
  const { program, model, called } = standIn(t)
  const said = await createSherpa({ folder: model, program }).synthesize('--help xin chào; rm -rf', { voice: 'sherpa', speed: 125 })
  t.ok(said.ok)
  const args = called()
  t.same(args.slice(0, 4), [`--vits-model=${model}/vi.onnx`, `--vits-tokens=${model}/tokens.txt`, `--vits-data-dir=${model}/espeak-ng-data`, '--vits-length-scale=0.800'])
  t.equal(args.at(-1), 'help xin chào; rm -rf', 'a text is no option and no command')
  t.notOk(existsSync(args.find((a) => a.startsWith('--output-filename='))?.split('=')[1] ?? 'x'))
  t.match(await createSherpa({ folder: join(model, 'none'), program }).synthesize('a', { voice: 'sherpa' }), { ok: false, code: 'no-engine', why: /no model/ })
  t.match(await createSherpa({ folder: model, program: 'no-such-program' }).synthesize('a', { voice: 'sherpa' }), { ok: false, code: 'no-engine', why: /not installed/ })
})

t.test('when the configured engine fails, espeak-ng speaks in a voice of the same region and the result says so', async (t) => {
  const { url } = await service(t, { status: 503 })
  const tts = createTts({ engine: url, log: silentLog })
  const said = await tts.synthesize('xin chào bà con', { voice: 'http-south' })
  t.match(said, { ok: true, instead: { engine: /espeak-ng/, why: /503/ } })
  t.ok(said.ok && said.value.length > 10_000)
  t.match(await tts.synthesize('xin chào', { voice: 'vi' }), { ok: true, instead: undefined }, 'its own voices can always be asked for')
  t.match((await tts.listVoices()).map((v) => v.id), ['http-north', 'http-central', 'http-south', 'vi', 'vi-vn-x-central', 'vi-vn-x-south'])
  t.match(await createTts({ engine: 'http://127.0.0.1:9/', log: silentLog, programs: { espeak: 'no-such-program' } }).synthesize('a', { voice: 'http-north' }), { ok: false, code: 'no-engine' })
})

t.test('the setting chooses, and what is not understood is told', async (t) => {
  const engineOf = (value: string) => {
    const read = readServerSettings({ TL_TTS: value })
    return read.ok ? read.value.tts : read.why
  }
  t.equal(engineOf('espeak'), 'espeak')
  t.equal(engineOf('sherpa:/var/model'), 'sherpa:/var/model')
  t.equal(engineOf('https://tts.example.vn/say'), 'https://tts.example.vn/say')
  t.match(engineOf('festival'), /TL_TTS/)
  const { program, model } = standIn(t)
  const tts = createTts({ engine: `sherpa:${model}`, log: silentLog, programs: { sherpa: program } })
  t.match(await tts.synthesize('a', { voice: 'sherpa' }), { ok: true, instead: undefined })
})

t.test('a WAV whose writer did not know its length is set right, and what is none is not taken', async (t) => {
  const unknown = Buffer.from(WAV)
  unknown.writeUInt32LE(0xffff_ffff, 4)
  unknown.writeUInt32LE(0xffff_ffff, 40)
  t.same(soundWav(unknown), new Uint8Array(WAV))
  t.equal(soundWav(WAV.subarray(0, 44)), null)
  t.equal(soundWav(new TextEncoder().encode('<html>'.repeat(20))), null)
})
