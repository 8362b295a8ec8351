import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { parseClockFault, type ClockFault } from './clock-fault.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What the surroundings set. Sink, modem and amplifier are checked by their own adapters. */
export interface AgentSettings {
  /** Base address of the server without a slash at its end; null once enrolled. */
  readonly server: string | null
  /** One-time claim token; null once enrolled. */
  readonly claim: string | null
  readonly folder: string
  readonly sink: string
  readonly modem: string
  /** null: the name that the claim carries. */
  readonly name: string | null
  readonly amplifier: string
  /** Percent of full scale that nothing passes, emergencies included. */
  readonly volumeLimit: number
  /** By how much later than it says the sound leaves the horns, ms; what it takes for ALSA is measured besides. */
  readonly sinkDelayMs: number
  readonly line: string
  /** Listens to the line outside the signed windows too. */
  readonly lineWatch: boolean
  readonly monitor: string
  readonly modemReset: string | null
  readonly usbCycle: string | null
  readonly reboot: string | null
  readonly door: string
  readonly keySwitch: string
  readonly clockFault: ClockFault | null
  readonly logLevel: LogLevel
  /** Address of the broker in place of the one that enrolment gave; null keeps that. */
  readonly mqttUrl: string | null
  /** File with the certificates that sign the server's and the broker's, PEM; null: those that the system knows. */
  readonly caFile: string | null
  /** The agent ends when its standard input does: for agents that another program starts. */
  readonly endWithParent: boolean
}

interface Row<T> {
  readonly env: string
  readonly what: string
  /** What applies when it is not set. */
  readonly fallback: string
  /** A text says what is wrong with the value. */
  read(value: string): Result<T>
}

const bad = (why: string): Result<never> => refuse('bad-setting', why)
const anyText = (env: string, most: number) => (value: string): Result<string> =>
  value.length <= most && !/[\0\r\n]/.test(value) ? ok(value) : bad(`${env}: at most ${most} characters, on one line.`)

const wholeNumber = (env: string, least: number, most: number) => (value: string): Result<number> => {
  const number = /^[-−]?\d{1,6}$/.test(value) ? Number(value.replace('−', '-')) : Number.NaN
  return number >= least && number <= most ? ok(number) : bad(`${env}: write a whole number from ${least} to ${most}.`)
}
const onlyOne = (env: string) => (value: string): Result<boolean> =>
  value === '' || value === '0' ? ok(false) : value === '1' ? ok(true) : bad(`${env}: write 1, or leave it out.`)

/** A path and its arguments, apart by spaces; null for none. */
const program = (env: string) => (value: string): Result<string | null> =>
  value === '' || value === 'none' ? ok(null) : /^\/[\x20-\x7e]{1,300}$/.test(value) ? ok(value) : bad(`${env}: write the whole path of a program, and its arguments apart by spaces.`)

/** `XXXX-XXXX-XXXX-XXXX.FINGERPRINT`: the token and the first twelve characters of the root key's hash. */
const CLAIM = /^[0-9A-Za-z]{4}(-?[0-9A-Za-z]{4}){3}\.[A-Za-z0-9_-]{12}$/

/** One row per setting: reading, refusing and `--help` come from here. */
export const AGENT_SETTINGS: { readonly [K in keyof AgentSettings]: Row<AgentSettings[K]> } = {
  server: { env: 'TL_SERVER', what: 'Address of the server, https://HOST; needed until this box is enrolled', fallback: '', read: readServer },
  claim: {
    env: 'TL_CLAIM', what: 'One-time claim token from the server, valid for ten minutes; needed until this box is enrolled', fallback: '',
    read: (value) => (value === '' ? ok(null) : CLAIM.test(value) ? ok(value) : bad('TL_CLAIM: a claim token reads XXXX-XXXX-XXXX-XXXX.FINGERPRINT; copy the whole of it from the server.')),
  },
  folder: { env: 'TL_DATA', what: 'Folder of this agent: identity, plan, media, evidence', fallback: './agent-data', read: anyText('TL_DATA', 1_000) },
  sink: { env: 'TL_SINK', what: 'Where the sound goes: alsa:DEVICE, pulse[:SINK], wav:FILE, fifo:PATH, null', fallback: 'alsa:default', read: anyText('TL_SINK', 1_000) },
  modem: { env: 'TL_MODEM', what: 'Where the signal is read: none, mm, at:/dev/ttyUSB2, sim:good|fair|poor|flapping', fallback: 'none', read: anyText('TL_MODEM', 300) },
  name: {
    env: 'TL_NAME', what: 'Name of this cluster at enrolment; otherwise the one that the claim carries', fallback: '',
    read: (value) => (value === '' ? ok(null) : anyText('TL_NAME', 80)(value)),
  },
  amplifier: { env: 'TL_AMP', what: 'How the amplifier is switched; none where it is always on', fallback: 'none', read: anyText('TL_AMP', 1_000) },
  volumeLimit: {
    env: 'TL_VOLUME_LIMIT', what: 'Percent of full volume that nothing on this box passes, emergencies included: 1 to 100', fallback: '100', read: wholeNumber('TL_VOLUME_LIMIT', 1, 100),
  },
  sinkDelayMs: {
    env: 'TL_SINK_DELAY_MS', what: 'How much later than the box believes its sound leaves the horns (amplifier, long line), milliseconds from −500 to 2000', fallback: '0',
    read: wholeNumber('TL_SINK_DELAY_MS', -500, 2_000),
  },
  line: { env: 'TL_LINE', what: 'Where sound from outside comes in for slots that relay it: none, alsa:DEVICE, file:/FILE.wav', fallback: 'none', read: anyText('TL_LINE', 1_000) },
  lineWatch: { env: 'TL_LINE_WATCH', what: '1: sound on that input outside such slots is reported, and the amplifier is held off', fallback: '', read: onlyOne('TL_LINE_WATCH') },
  monitor: {
    env: 'TL_MONITOR', what: 'Ear of this box, which tells whether its horns sounded: none, alsa:DEVICE, file:/FILE.wav, current:/PROGRAM (prints a number a line)', fallback: 'none',
    read: anyText('TL_MONITOR', 1_000),
  },
  modemReset: { env: 'TL_MODEM_RESET', what: 'Program that resets the modem when the link stays away, such as /usr/bin/mmcli -m any --reset; none without', fallback: '', read: program('TL_MODEM_RESET') },
  usbCycle: { env: 'TL_USB_CYCLE', what: 'Program that takes the modem’s power away and gives it back; none without', fallback: '', read: program('TL_USB_CYCLE') },
  reboot: { env: 'TL_REBOOT', what: 'Program that reboots the box when nothing else has brought the link back; none without', fallback: '', read: program('TL_REBOOT') },
  door: { env: 'TL_DOOR', what: 'Where a phone on the box’s own Wi-Fi starts a standing order: HOST:PORT; none without', fallback: 'none', read: anyText('TL_DOOR', 300) },
  keySwitch: { env: 'TL_SWITCH', what: 'Key switches that start standing orders; none without', fallback: 'none', read: anyText('TL_SWITCH', 1_000) },
  clockFault: {
    env: 'TL_FAKE_CLOCK', what: 'Makes the clock wrong on purpose (tests only): offset=MILLISECONDS,ppm=PARTS', fallback: '',
    read: (value) => {
      if (value === '') return ok(null)
      const fault = parseClockFault(value)
      return fault.ok ? fault : bad(`TL_FAKE_CLOCK: ${fault.why}`)
    },
  },
  logLevel: {
    env: 'TL_LOG_LEVEL', what: `What is logged: ${LOG_LEVELS.join(', ')}`, fallback: 'info',
    read: (value) => {
      const level = LOG_LEVELS.find((name) => name === value)
      return level === undefined ? bad(`TL_LOG_LEVEL: write one of ${LOG_LEVELS.join(', ')}.`) : ok(level)
    },
  },
  mqttUrl: {
    env: 'TL_MQTT_URL', what: 'Address of the broker, mqtts://HOST, when it is no longer the one of the enrolment', fallback: '',
    read: (value) => (value === '' ? ok(null) : anyText('TL_MQTT_URL', 300)(value)),
  },
  caFile: {
    env: 'TL_CA', what: 'File with the authority that signed the certificates of server and broker, PEM, where the system does not know it', fallback: '',
    read: (value) => (value === '' ? ok(null) : anyText('TL_CA', 1_000)(value)),
  },
  endWithParent: {
    env: 'TL_END_WITH_PARENT', what: '1: ends when its standard input does', fallback: '',
    read: onlyOne('TL_END_WITH_PARENT'),
  },
}

function readServer(value: string): Result<string | null> {
  if (value === '') return ok(null)
  const example = 'write the address of the server, such as https://truyenthanh.example.vn or http://127.0.0.1:8080.'
  if (!URL.canParse(value)) return bad(`TL_SERVER: "${value}" is no address; ${example}`)
  const { protocol, origin, pathname, username, search } = new URL(value)
  if ((protocol !== 'http:' && protocol !== 'https:') || pathname !== '/' || username !== '' || search !== '') return bad(`TL_SERVER: only a host and a port are wanted; ${example}`)
  return ok(origin)
}

/** Reads all settings; where several are wrong, all of them are told, one sentence a line. */
export function readAgentSettings(env: Readonly<Record<string, string | undefined>>): Result<AgentSettings, 'bad-settings'> {
  const wrong: string[] = []
  const read = <T>(row: Row<T>): T => {
    const text = env[row.env]?.trim()
    // an empty line of an environment file means "not set"
    const result = row.read(text === undefined || text === '' ? row.fallback : text)
    if (result.ok) return result.value
    wrong.push(result.why)
    return undefined as T
  }
  const settings: AgentSettings = {
    server: read(AGENT_SETTINGS.server),
    claim: read(AGENT_SETTINGS.claim),
    folder: read(AGENT_SETTINGS.folder),
    sink: read(AGENT_SETTINGS.sink),
    modem: read(AGENT_SETTINGS.modem),
    name: read(AGENT_SETTINGS.name),
    amplifier: read(AGENT_SETTINGS.amplifier),
    volumeLimit: read(AGENT_SETTINGS.volumeLimit),
    sinkDelayMs: read(AGENT_SETTINGS.sinkDelayMs),
    line: read(AGENT_SETTINGS.line),
    lineWatch: read(AGENT_SETTINGS.lineWatch),
    monitor: read(AGENT_SETTINGS.monitor),
    modemReset: read(AGENT_SETTINGS.modemReset),
    usbCycle: read(AGENT_SETTINGS.usbCycle),
    reboot: read(AGENT_SETTINGS.reboot),
    door: read(AGENT_SETTINGS.door),
    keySwitch: read(AGENT_SETTINGS.keySwitch),
    clockFault: read(AGENT_SETTINGS.clockFault),
    logLevel: read(AGENT_SETTINGS.logLevel),
    mqttUrl: read(AGENT_SETTINGS.mqttUrl),
    caFile: read(AGENT_SETTINGS.caFile),
    endWithParent: read(AGENT_SETTINGS.endWithParent),
  }
  return wrong.length === 0 ? ok(settings) : refuse('bad-settings', wrong.join('\n'))
}

/** The settings as `--help` prints them. */
export function agentSettingsHelp(): string {
  const rows = Object.values(AGENT_SETTINGS)
  const width = Math.max(...rows.map(({ env }) => env.length))
  return rows.map(({ env, what, fallback }) => `  ${env.padEnd(width)}  ${what}${fallback === '' ? '' : ` [${fallback}]`}`).join('\n')
}
