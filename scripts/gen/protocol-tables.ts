import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Policy } from '../../shared/core/policy.ts'
import { Radio } from '../../shared/protocol/messages/beat.ts'
import { ClusterId, Nonce, Rev, Sha, SlotId, Wall } from '../../shared/protocol/messages/fields.ts'
import { PlanBody } from '../../shared/protocol/messages/plan.ts'
import { CONNECTIONS, TOPICS, TOPIC_NAMES, mayPublish, maySubscribe, topicOf, type TopicName } from '../../shared/protocol/topics.ts'
import { readFieldDocs, type FieldDocs } from './field-docs.ts'
import { fieldTable, namedTypeTable, type NamedTypes } from './field-table.ts'

const NAMED: NamedTypes = { Sha, ClusterId, Rev, Wall, SlotId, Nonce, Radio }
const EXAMPLE = '0123456789'
const KINDS = { json: 'JSON', order: 'order (JWS)', block: 'binary: block', 'time-ask': 'binary: time question', time: 'binary: time answer', stream: 'binary: stream packet' } as const
const SCHEMA_NAMES: Partial<Record<TopicName, string>> = {
  plan: 'PlanOrder', now: 'NowOrder', alert: 'AlertOrder', join: 'Join', delivery: 'Delivery', ack: 'Ack', hello: 'Hello', want: 'Want', reported: 'Reported', beat: 'Beat', health: 'Health', evidence: 'EvidenceBatch', gone: 'Gone', service: 'ServiceOrder', served: 'Served', update: 'UpdateOrder',
}

function topicTable(): string {
  const rows = TOPIC_NAMES.map((name) => {
    const { path, from, qos, retain, kind, limit, what } = TOPICS[name]
    return `| \`${name}\` | \`${path}\` | ${from} | ${qos} | ${retain ? 'yes' : 'no'} | ${KINDS[kind]} | ${limit.toLocaleString('en').replaceAll(',', ' ')} | ${what} |`
  })
  return ['| row | topic | from | QoS | retained | payload | at most, bytes | what |', '|---|---|---|---|---|---|---|---|', ...rows].join('\n')
}

function accessTable(): string {
  const cluster = { kind: 'cluster', cluster: EXAMPLE } as const
  const server = { kind: 'server' } as const
  const mark = (yes: boolean): string => (yes ? 'may' : '–')
  const rows = TOPIC_NAMES.map((name) => {
    const topic = topicOf(name, EXAMPLE)
    const filter = TOPICS[name].path.replace('{cluster}', '+')
    return `| \`${TOPICS[name].path}\` | ${mark(mayPublish(server, topic))} | ${mark(maySubscribe(server, filter))} | ${mark(mayPublish(cluster, topic))} | ${mark(maySubscribe(cluster, topic))} |`
  })
  return ['| topic | server publishes | server subscribes (`+`) | cluster publishes, own name only | cluster subscribes, own name only |', '|---|---|---|---|---|', ...rows].join('\n')
}

function messageTables(docs: ReadonlyMap<string, FieldDocs>): string {
  const parts = TOPIC_NAMES.flatMap((name) => {
    const { message, what } = TOPICS[name]
    const schema = SCHEMA_NAMES[name]
    if (message === null || schema === undefined) return []
    const intro = docs.get(schema)?.get('') ?? `${what}.`
    return [`### \`${name}\` — ${schema}\n\n${intro}\n\n${fieldTable(message, docs.get(schema) ?? new Map(), NAMED)}`]
  })
  return parts.join('\n\n')
}

/** The generated parts of PROTOCOL.md by the name of their markers. */
export function protocolTables(root: string): Record<string, string> {
  const folder = join(root, 'shared', 'protocol', 'messages')
  const files = [...readdirSync(folder).sort().map((name) => join(folder, name)), join(root, 'shared', 'core', 'policy.ts')]
  const docs = readFieldDocs(files.map((name) => ({ name, text: readFileSync(name, 'utf8') })))
  return {
    topics: topicTable(),
    access: accessTable(),
    connections: CONNECTIONS.map((one) => `\`{cluster}.${one}\``).join(' and '),
    types: namedTypeTable(NAMED, docs),
    messages: messageTables(docs),
    'plan-body': fieldTable(PlanBody, docs.get('PlanBody') ?? new Map(), NAMED),
    policy: fieldTable(Policy, docs.get('Policy') ?? new Map(), NAMED),
  }
}

/** Puts each part between `<!-- gen:name -->` and `<!-- /gen:name -->`; a missing marker is a bug of the document. */
export function fillMarkers(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((out, [name, part]) => {
    const [open, close] = [`<!-- gen:${name} -->`, `<!-- /gen:${name} -->`]
    const [from, to] = [out.indexOf(open), out.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`the document has no place for the part ${name}: put ${open} and ${close} into it`)
    const between = part.includes('\n') ? `\n${part}\n` : part
    return out.slice(0, from + open.length) + between + out.slice(to)
  }, text)
}
