import { ok, refuse, type Result } from '../../shared/core/result.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export interface MosquittoSettings {
  readonly passwordFile: string
  readonly aclFile: string
  /** How it learns of new files. */
  readonly reload:
    | { readonly kind: 'pid-file'; readonly path: string }
    | { readonly kind: 'command'; readonly command: readonly [string, ...string[]] }
    | { readonly kind: 'none' }
}

/** What the surroundings set. */
export interface ServerSettings {
  readonly port: number
  readonly mqttPort: number
  /** Address that HTTP and MQTT bind to. */
  readonly bind: string
  /** Address of the embedded broker, where it is another; absent = as `bind`. */
  readonly mqttBind?: string
  readonly folder: string
  /** External broker in place of the embedded one, with user and password; null = embedded. */
  readonly mqttUrl: string | null
  /** Address of the broker as clusters reach it, when it differs from where this server is; null = derived. */
  readonly publicMqttUrl: string | null
  /** The files of an external Mosquitto that this server keeps; null or absent = somebody else keeps them. */
  readonly mosquitto?: MosquittoSettings | null
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  /** Second port, of HTTPS by an authority of the station's own; null or absent = none. */
  readonly localHttps?: { readonly port: number; readonly bind: string } | null
  /** Where a practice station may be opened; null or absent = none. `url`: its address as people reach it, null = this station's host. */
  readonly practice?: { readonly port: number; readonly url: string | null } | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Addresses (also networks) of proxies in front of this server; absent = none. */
  readonly trustProxy?: readonly string[]
  /** Called every minute while all is well, so that somebody notices when this server is dead; null = none. */
  readonly heartbeatUrl: string | null
  /** Folder with the certificates of systems that may warn by CAP; null or absent = none may. */
  readonly capCertificates?: string | null
  /** Who speaks texts: `espeak`, `sherpa:/folder`, `http(s)://…`; null or absent = espeak. */
  readonly tts?: string | null
  /** Folder of the nightly copies; null = none are made, absent = beside the data folder. */
  readonly backups?: string | null
  /** YAML file that a new station begins with; null = the built-in one. */
  readonly timetable: string | null
}

/** One row per variable: `--help` and the README's table come from here. */
export const SERVER_VARIABLES: readonly { readonly env: string; readonly what: string }[] = [
  { env: 'TL_PORT', what: 'Port of the web server [8080]' },
  { env: 'TL_MQTT_PORT', what: 'Port of the embedded broker [1883; 8883 with a certificate]' },
  { env: 'TL_DATA', what: 'Folder of everything that is kept [./data/dai; of the demonstration ./data/trinh-dien]' },
  { env: 'TL_BIND', what: 'Address to listen on; without a certificate anything but loopback is for a container or behind a proxy only [127.0.0.1; all with a certificate]' },
  { env: 'TL_TLS_CERT', what: 'Certificate, PEM file; with TL_TLS_KEY: HTTPS and MQTT over TLS' },
  { env: 'TL_TLS_KEY', what: 'Its key, PEM file' },
  { env: 'TL_HTTPS_PORT', what: 'Port of HTTPS for phones in the local network, by an authority of the station’s own (/tin-cay says how to trust it), or off; on the addresses of TL_BIND, all where that is not set [8443; off with a certificate, behind a proxy, or where TL_PORT is 0]' },
  { env: 'TL_PRACTICE_PORT', what: 'Port of the practice commune while one is open, with HTTPS for phones on the next one, or off [one above TL_PORT; off behind a proxy without TL_PRACTICE_URL]' },
  { env: 'TL_PRACTICE_URL', what: 'Address of the practice commune behind a proxy, https://HOST: what the proxy sends on to TL_PRACTICE_PORT' },
  { env: 'TL_TRUST_PROXY', what: 'Addresses or networks of proxies in front of this server, separated by commas: what they say of a visitor’s address, host and protocol is believed [none]' },
  { env: 'TL_MQTT_URL', what: 'External broker in place of the embedded one, mqtt://USER:PASSWORD@HOST' },
  { env: 'TL_PUBLIC_MQTT_URL', what: 'The broker’s address as clusters reach it, mqtts://HOST' },
  { env: 'TL_MOSQUITTO_PASSWORDS', what: 'Password file of an external Mosquitto, kept by this server; with TL_MOSQUITTO_ACL' },
  { env: 'TL_MOSQUITTO_ACL', what: 'Its access list, kept by this server' },
  { env: 'TL_MOSQUITTO_RELOAD', what: 'How it learns of them: pid:/run/mosquitto.pid or command:systemctl reload mosquitto [none]' },
  { env: 'TL_LOG_LEVEL', what: `What is logged: ${LOG_LEVELS.join(', ')} [info]` },
  { env: 'TL_HEARTBEAT_URL', what: 'Address that is called every minute while all is well, so that a dead server is noticed' },
  { env: 'TL_CAP_CERTIFICATES', what: 'Folder of the certificates (PEM) and senders.yaml of systems that may send CAP warnings to POST /api/v1/cap [none]' },
  { env: 'TL_TTS', what: 'Who speaks texts: espeak, sherpa:/folder/of/a/model, or the address of a service that takes POST {text, voice, speed} and answers WAV [espeak]' },
  { env: 'TL_BACKUPS', what: 'Folder of the nightly copies of everything that is kept, best on another disk, or off [beside TL_DATA: ./data/dai-sao-luu; off in the demonstration]' },
  { env: 'TL_TIMETABLE', what: 'YAML file that a new station begins with [schedules/mac-dinh.yaml]' },
]

type Env = Readonly<Record<string, string | undefined>>

/** Reads all settings; every wrong one is told, one sentence a line. */
export function readServerSettings(env: Env): Result<ServerSettings, 'bad-settings'> {
  const wrong: string[] = []
  const text = (name: string): string | null => env[name]?.trim() || null
  const port = (name: string, fallback: number): number => {
    const value = text(name)
    if (value === null) return fallback
    const number = Number(value)
    if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
    wrong.push(`${name}: "${value}" is no port; write a number from 1 to 65535.`)
    return fallback
  }
  const url = (name: string, protocols: readonly string[]): string | null => {
    const value = text(name)
    if (value === null) return null
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value
    wrong.push(`${name}: "${value}" is no address; it must begin with ${protocols.map((p) => `${p}//`).join(' or ')}.`)
    return null
  }
  const [certFile, keyFile] = [text('TL_TLS_CERT'), text('TL_TLS_KEY')]
  if ((certFile === null) !== (keyFile === null)) wrong.push('TL_TLS_CERT and TL_TLS_KEY belong together: set both, or neither.')
  const tls = certFile !== null && keyFile !== null ? { certFile, keyFile } : null
  const mosquitto = readMosquitto({ passwords: text('TL_MOSQUITTO_PASSWORDS'), acl: text('TL_MOSQUITTO_ACL'), reload: text('TL_MOSQUITTO_RELOAD') }, wrong)
  const level = text('TL_LOG_LEVEL') ?? 'info'
  const logLevel = LOG_LEVELS.find((l) => l === level)
  if (logLevel === undefined) wrong.push(`TL_LOG_LEVEL: write one of ${LOG_LEVELS.join(', ')}.`)
  const trustProxy = readProxies(text('TL_TRUST_PROXY'), wrong)
  // whoever has a certificate or a proxy has HTTPS; any free port is what tests ask for
  const noHttpsUnasked = tls !== null || trustProxy.length > 0 || text('TL_PORT') === '0'
  const webPort = port('TL_PORT', 8080)
  const practiceUrl = url('TL_PRACTICE_URL', ['http:', 'https:'])
  const noPractice = text('TL_PRACTICE_PORT') === 'off' || (trustProxy.length > 0 && practiceUrl === null)
  const settings: ServerSettings = {
    port: webPort,
    mqttPort: port('TL_MQTT_PORT', tls ? 8883 : 1883),
    bind: text('TL_BIND') ?? (tls ? '::' : '127.0.0.1'),
    folder: text('TL_DATA') ?? './data',
    mqttUrl: url('TL_MQTT_URL', ['mqtt:', 'mqtts:']),
    publicMqttUrl: url('TL_PUBLIC_MQTT_URL', ['mqtt:', 'mqtts:']),
    mosquitto,
    trustProxy,
    tls,
    localHttps: text('TL_HTTPS_PORT') === 'off' || (text('TL_HTTPS_PORT') === null && noHttpsUnasked) ? null : { port: port('TL_HTTPS_PORT', 8443), bind: text('TL_BIND') ?? '::' },
    practice: noPractice ? null : { port: port('TL_PRACTICE_PORT', webPort === 0 ? 0 : webPort + 1), url: practiceUrl },
    logLevel: logLevel ?? 'info',
    heartbeatUrl: url('TL_HEARTBEAT_URL', ['http:', 'https:']),
    capCertificates: text('TL_CAP_CERTIFICATES'),
    tts: readTts(text('TL_TTS'), wrong),
    timetable: text('TL_TIMETABLE'),
    ...readBackups(text('TL_BACKUPS')),
  }
  return wrong.length === 0 ? ok(settings) : refuse('bad-settings', wrong.join('\n'))
}

/** IPv4 or IPv6, with or without the length of a network. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}(\/(\d|[12]\d|3[0-2]))?|[\da-fA-F]*:[\da-fA-F:.]*(\/(\d{1,2}|1[01]\d|12[0-8]))?)$/

function readProxies(value: string | null, wrong: string[]): readonly string[] {
  const addresses = (value ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '')
  const bad = addresses.find((address) => !ADDRESS.test(address))
  if (bad !== undefined) wrong.push(`TL_TRUST_PROXY: "${bad}" is no address; write such as 127.0.0.1 or 10.0.0.0/8, separated by commas.`)
  return bad === undefined ? addresses : []
}

const readBackups = (value: string | null): Pick<ServerSettings, 'backups'> => (value === null ? {} : { backups: value === 'off' ? null : value })

function readTts(value: string | null, wrong: string[]): string | null {
  if (value === null || value === 'espeak' || /^sherpa:\S/.test(value) || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value
  wrong.push(`TL_TTS: "${value}" is not understood; write espeak, sherpa:/folder/of/a/model or http://HOST/PATH.`)
  return null
}

interface MosquittoTexts {
  readonly passwords: string | null
  readonly acl: string | null
  readonly reload: string | null
}

function readMosquitto({ passwords, acl, reload }: MosquittoTexts, wrong: string[]): MosquittoSettings | null {
  if ((passwords === null) !== (acl === null)) wrong.push('TL_MOSQUITTO_PASSWORDS and TL_MOSQUITTO_ACL belong together: set both, or neither.')
  const how = readReload(reload)
  if (how === null) wrong.push(`TL_MOSQUITTO_RELOAD: "${reload}" is not understood; write pid:/run/mosquitto.pid or command:systemctl reload mosquitto.`)
  return passwords === null || acl === null || how === null ? null : { passwordFile: passwords, aclFile: acl, reload: how }
}

function readReload(text: string | null): MosquittoSettings['reload'] | null {
  if (text === null || text === 'none') return { kind: 'none' }
  const [, kind, rest] = /^(pid|command):(\S.*)$/.exec(text) ?? []
  if (kind === 'pid' && rest) return { kind: 'pid-file', path: rest }
  const [program, ...words] = (rest ?? '').split(/\s+/)
  return kind === 'command' && program ? { kind: 'command', command: [program, ...words] } : null
}

const LOOPBACK = /^(127\.|::1$|localhost$)/

/** Said at every start when strangers could listen in or speak; null when the setting is safe. */
export const exposureWarning = (s: ServerSettings): string | null =>
  s.tls || LOOPBACK.test(s.bind)
    ? null
    : `TL_BIND=${s.bind} without a certificate: passwords and the administrator token travel readable. Only for a container or behind a proxy that adds TLS.`
