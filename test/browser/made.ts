import { until } from './live-parts.ts'
import type { Made } from './addresses.ts'
import type { PagesWorld } from './world.ts'

const DAY_MS = 86_400_000
/** A civil day from today on, YYYY-MM-DD. */
const dayIn = (days: number): string => new Date(Date.now() + 7 * 3_600_000 + days * DAY_MS).toISOString().slice(0, 10)

/** Something of everything, so that pages have something to show: what the list of addresses needs. */
export async function makeSome(world: PagesWorld): Promise<Made> {
  const ask = async <T>(question: Parameters<PagesWorld['ask']>[0], payload?: object): Promise<T> => {
    const { status, body } = await world.ask(question, payload)
    if (status >= 300) throw new Error(`${question}: ${status} ${JSON.stringify(body)}`)
    return body as T
  }
  const box = await world.enrol('Cụm 1 · Nhà văn hóa Thôn Đông', '24958-dong')
  await ask(`PATCH /clusters/${box.cluster}`, { lat: 11.73, lon: 108.37 })
  await ask('POST /clusters/claims', { name: 'Cụm 2 · Nhà sinh hoạt cộng đồng tổ dân phố số 12', area: '24958' })
  const incident = await ask<{ id: string }>('POST /incidents', { cluster: box.cluster, words: 'Loa rè, bà con nghe không rõ từ sáng nay' })
  await ask(`POST /clusters/${box.cluster}/services`, { do: 'check' })
  await ask('POST /sessions', { id: 'buoi-sang', name: 'Buổi phát thanh sáng', at: '05:30', until: '06:00', days: 'daily', targets: 'all', policy: 'ca-ngay', items: [{ chime: 'nhac-hieu', name: 'Nhạc hiệu' }] })
  const drill = await ask<{ id: string }>('POST /emergencies', { title: 'Diễn tập báo lũ trên sông', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 1 })
  await ask(`POST /emergencies/${drill.id}/cancel`, { reason: 'xong', correction: null })
  const { code } = await ask<{ code: string }>(`GET /clusters/${box.cluster}/pole-code`)
  const [template] = await ask<{ id: string }[]>('GET /notice-templates')

  await world.invite('Lê Văn Duyệt', 'approver')
  await world.invite('Hoàng Thị Kim Ngân, Phó Chủ tịch Uỷ ban nhân dân xã', 'operator')
  const person = (await ask<{ id: string; name: string }[]>('GET /people')).find(({ name }) => name === 'Lê Văn Duyệt')?.id ?? ''
  await ask('POST /notices', { template: 'hop-thon', fields: { luc: `${dayIn(9)}T19:30`, noi: 'nhà văn hóa Thôn Đông', viec: 'làm đường bê tông vào xóm' }, targets: { areas: ['24958'] } })
  const notices = async (): Promise<{ id: string; programme: string }[]> => ask('GET /notices')
  await until(async () => (await notices()).length > 0, 20_000)
  const [notice] = await notices()
  const programme = await ask<{ id: string }>('POST /programmes/speech', { name: 'Lịch tiêm phòng cho trẻ em dưới 5 tuổi', text: 'Mời bà con đưa trẻ đến trạm y tế xã.', area: '24958', folder: 'Thông báo', tags: ['y tế'] })
  await ask(`POST /programmes/${programme.id}/submit`)
  // who may approve what they made may also hand its link on
  await ask('PUT /areas/24958/rules', { selfApproval: true })
  const approval = await ask<{ path: string | null }>(`POST /programmes/${programme.id}/approval-links`, { person })
  const bulletin = await ask<{ id: string }>('POST /bulletins', { id: 'x', class: 'priority', title: 'Phòng chống cháy rừng mùa khô', text: 'Bà con không đốt nương khi có gió.', areas: ['24958'] })
  const [clip] = await ask<{ programme: string }[]>('GET /pinned-clips')
  const set = await ask<{ id: string }>('POST /standing/sets', { name: 'Vỡ đê', areas: ['24958'], orders: [{ name: 'Sơ tán ngay', clips: [clip?.programme ?? ''], switch: 1 }], lastDay: dayIn(200) })
  const share = await ask<{ token: string }>('POST /reports/shares', { area: '24958', from: dayIn(-10), to: dayIn(0), name: 'Đoàn thanh tra Sở Văn hóa', purpose: 'Kiểm tra định kỳ', days: 7 })
  return {
    cluster: box.cluster, incident: incident.id, drill: drill.id, pole: code, template: template?.id ?? '', notice: notice?.id ?? '', programme: programme.id, bulletin: bulletin.id, person,
    session: 'buoi-sang', day: dayIn(1), set: set.id, approval: approval.path?.split('/').at(-1) ?? '', inspection: `#${share.token}`,
  }
}
