import fc from 'fast-check'
import t from 'tap'
import type { ProgrammeView } from '../../server/features/programmes/plugin.ts'
import { COMMUNE, libraryWorld, OTHER_COMMUNE, soundOf, type LibraryWorld } from '../support/library-world.ts'
import { asNobody, type Browser } from '../support/people-world.ts'
import { form } from '../support/server-world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const ACTS = ['submit', 'recall', 'approve', 'return', 'link', 'open-link', 'edit', 'edit-approved', 'variant', 'describe', 'share', 'unshare', 'rules', 'upload-approved', 'drop-variant'] as const
type Act = (typeof ACTS)[number]

/** What somebody tries with a programme; whatever comes of it. */
async function tried(world: LibraryWorld, who: Browser, id: string, act: Act): Promise<void> {
  const at = `/api/v1/programmes/${id}`
  const sound = (state: string) => form([{ name: 'state', value: state }, { name: 'file', value: soundOf(`${act}${Math.floor(world.clock.wall())}`), file: 'a.webm' }])
  world.clock.pass(1_000)
  switch (act) {
    case 'submit': case 'recall': return void (await who.ask(`POST ${at}/${act}`))
    case 'approve': for (const version of [1, 2, 3]) await who.ask(`POST ${at}/approve`, { version }); return
    case 'return': return void (await who.ask(`POST ${at}/return`, { version: 1, reason: 'x' }))
    case 'link': case 'open-link': {
      const made = await who.ask(`POST ${at}/approval-links`, { person: world.approver.person })
      const path = (made.body as { path?: string | null }).path
      if (path) await asNobody(world, `POST /api/v1${path}`, { decision: 'approve' })
      return
    }
    case 'edit': case 'edit-approved': case 'variant': {
      const { payload, headers } = sound(act === 'edit-approved' ? 'approved' : 'pending')
      return void (await who.ask(`PUT ${at}/variants/${act === 'variant' ? 'hmn' : 'vi'}`, payload, headers))
    }
    case 'describe': return void (await who.ask(`PATCH ${at}`, { name: 'Khác', class: 'priority', validFrom: null }))
    case 'share': return void (await who.ask(`POST ${at}/share`, { areas: [COMMUNE] }))
    case 'unshare': return void (await who.ask(`DELETE ${at}/share`))
    case 'rules': return void (await who.ask(`PUT /api/v1/areas/${COMMUNE}/rules`, { selfApproval: true }))
    case 'upload-approved': return void (await world.upload(who, 'Chưa duyệt', { state: 'approved' }))
    case 'drop-variant': return void (await who.ask(`DELETE ${at}/variants/hmn`))
  }
}

t.test('nothing that people without the right do lets on the air what nobody with it has approved', { timeout: 180_000 }, async (t) => {
  t.comment(`SEED=${seed}`)
  const world = await libraryWorld(t, { sendLink: async () => true })
  const people = [world.operator, world.elsewhere, world.elsewhereApprover, world.province]
  const step = fc.record({ who: fc.integer({ min: 0, max: people.length - 1 }), act: fc.constantFrom(...ACTS) })
  let run = 0
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 7 }), fc.boolean(), async (steps, wasApproved) => {
    const name = `Chương trình ${++run}`
    const { id, sha } = (wasApproved ? await world.approved(world.operator, world.approver, name) : (await world.upload(world.operator, name)).body) as ProgrammeView
    const allowed = wasApproved ? [sha] : []
    for (const { who, act } of steps) {
      await tried(world, people[who] as Browser, id, act)
      for (const audience of [['vi'], ['hmn']]) {
        const sounding = world.found(id, audience)
        if (sounding.some((one) => !allowed.includes(one))) throw new Error(`${act} let ${sounding.join()} on the air`)
      }
    }
    const others = world.deps.stores.programmes.all().filter(({ name: own, airs }) => own === 'Chưa duyệt' && airs)
    // the approver of the other commune may not approve even there what is their own
    if (others.length > 0) throw new Error(`approved by its own maker in ${others[0]?.area ?? 'nowhere'}, not ${OTHER_COMMUNE}`)
  })
  await fc.assert(property, { seed, numRuns: 40, interruptAfterTimeLimit: 20_000 })
  t.pass('silent')
})
