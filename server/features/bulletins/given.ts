import type { FastifyRequest } from 'fastify'
import { Value } from 'typebox/value'
import { MAX_DOCUMENT_BYTES } from '../../core/bulletin.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { readFileForm } from '../programmes/plugin.ts'
import type { BulletinOrder, GivenFile } from './intake.ts'
import { BAD_ORDER } from './refusals.ts'
import { BulletinBody } from './views.ts'

/** A recording may be larger than a document. */
export const MAX_FILE_BYTES = 10 * MAX_DOCUMENT_BYTES

function orderOf(given: unknown): Outcome<BulletinOrder> {
  const [fault] = Value.Errors(BulletinBody, given)
  if (!fault) {
    const order = given as BulletinOrder
    const bad = (['validUntil', 'deadline'] as const).find((field) => order[field] !== undefined && Number.isNaN(Date.parse(order[field] ?? '')))
    return bad === undefined ? accepted(order) : refused({ ...BAD_ORDER, field: `/${bad}` })
  }
  const wrong: Refusal = { ...BAD_ORDER, field: fault.instancePath || '/', en: `${BAD_ORDER.en} (${fault.instancePath || 'the whole'} ${fault.message})` }
  return refused(wrong)
}
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // said to the sender by the schema: it is no bulletin
    return null
  }
}

/** A bulletin as JSON, or a form with the JSON as "bulletin" and a document or recording as "file"; `use` has it before the file goes. */
export async function withBulletin<T>(request: FastifyRequest, deps: ServerDeps, use: (order: BulletinOrder, file: GivenFile | null) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  if (!request.isMultipart()) {
    const order = orderOf(request.body)
    return order.ok ? use(order.value, null) : order
  }
  const form = await readFileForm(request, deps, MAX_FILE_BYTES)
  if (!form.ok) return form
  const { fields, fileName, upload } = form.value
  try {
    const order = orderOf(parsed(fields.get('bulletin') ?? ''))
    return order.ok ? await use(order.value, { path: upload.path, name: fileName }) : order
  } finally {
    await upload.discard()
  }
}
