import t from 'tap'
import { AGENT_SETTINGS, agentSettingsHelp, readAgentSettings } from '../../agent/core/agent-settings.ts'

t.test('nothing set gives the defaults', async (t) => {
  t.match(readAgentSettings({}), { ok: true, value: { server: null, claim: null, folder: './agent-data', sink: 'alsa:default', modem: 'none', name: null, amplifier: 'none', clockFault: null, logLevel: 'info' } })
  t.same(readAgentSettings({ TL_SERVER: '', TL_SINK: ' ' }), readAgentSettings({}), 'an empty line means not set')
})

t.test('everything set is read', async (t) => {
  const read = readAgentSettings({ TL_SERVER: 'https://truyenthanh.example.vn/', TL_CLAIM: 'ABCD-EFGH-JKMN-PQ23.AbC_-123xyz9', TL_DATA: '/var/lib/x', TL_SINK: 'null', TL_MODEM: 'sim:good', TL_NAME: 'Thôn Đông', TL_AMP: 'command:amp', TL_FAKE_CLOCK: 'offset=180000,ppm=80', TL_LOG_LEVEL: 'debug' })
  t.match(read, { ok: true, value: { server: 'https://truyenthanh.example.vn', claim: 'ABCD-EFGH-JKMN-PQ23.AbC_-123xyz9', folder: '/var/lib/x', sink: 'null', modem: 'sim:good', name: 'Thôn Đông', amplifier: 'command:amp', clockFault: { offsetMs: 180_000, ppm: 80 }, logLevel: 'debug' } })
})

t.test('every mistake is told in one go, by the name of its setting', async (t) => {
  const read = readAgentSettings({ TL_SERVER: 'truyenthanh', TL_CLAIM: 'abc', TL_NAME: 'a\nb', TL_FAKE_CLOCK: 'x', TL_LOG_LEVEL: 'loud' })
  t.equal(read.ok, false)
  for (const name of ['TL_SERVER', 'TL_CLAIM', 'TL_NAME', 'TL_FAKE_CLOCK', 'TL_LOG_LEVEL']) t.match(read.ok ? '' : read.why, new RegExp(`^${name}: `, 'm'))
  for (const server of ['ftp://x', 'http://x/path', 'http://u:p@x', 'http://x?y=1']) t.equal(readAgentSettings({ TL_SERVER: server }).ok, false, server)
})

t.test('figures have their bounds, and a switch is 1 or left out', async (t) => {
  t.match(readAgentSettings({}), { ok: true, value: { volumeLimit: 100, sinkDelayMs: 0, line: 'none', lineWatch: false, door: 'none', keySwitch: 'none' } })
  t.match(readAgentSettings({ TL_VOLUME_LIMIT: '70', TL_SINK_DELAY_MS: '-20', TL_LINE: 'alsa:plughw:1', TL_LINE_WATCH: '1' }), {
    ok: true, value: { volumeLimit: 70, sinkDelayMs: -20, line: 'alsa:plughw:1', lineWatch: true },
  })
  const wrong = { TL_VOLUME_LIMIT: ['0', '101', '50%', '5e1'], TL_SINK_DELAY_MS: ['-501', '2001', '1.5'], TL_LINE_WATCH: ['yes'] }
  for (const [name, values] of Object.entries(wrong)) for (const value of values) t.equal(readAgentSettings({ [name]: value }).ok, false, `${name}=${value}`)
})

t.test('the help names every setting', async (t) => {
  for (const { env } of Object.values(AGENT_SETTINGS)) t.match(agentSettingsHelp(), env)
})
