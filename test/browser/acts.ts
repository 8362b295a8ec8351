import type { Locator, Page } from 'playwright-core'

/** Something that a person does on a page, tried while nothing arrives. */
export interface Act {
  /** Of the list of addresses. */
  readonly name: string
  readonly prepare?: (page: Page) => Promise<unknown>
  readonly press: (page: Page) => Promise<unknown>
  /** What the page says then; absent = that it did not happen. */
  readonly says?: string | RegExp
  /** A field and what was typed into it, which stays. */
  readonly typed?: readonly [(page: Page) => Locator, string]
}

const field = (label: string) => (page: Page): Locator => page.getByLabel(label).first()
const tap = (name: string | RegExp) => (page: Page): Promise<void> => page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }).first().click()

export const ACTS: readonly Act[] = [
  { name: 'now', prepare: (page) => page.locator('header summary').click(), press: tap('Đăng xuất') },
  { name: 'incident', press: tap('Tôi nhận việc này') },
  { name: 'incident', prepare: (page) => field('Ghi chú')(page).fill('Đã gọi bác Sáu'), press: tap('Gửi ghi chú'), typed: [field('Ghi chú'), 'Đã gọi bác Sáu'] },
  { name: 'cluster', press: tap('Tắt tiếng') },
  { name: 'cluster-add', prepare: (page) => field('Tên cụm loa')(page).fill('Cụm 9 · Đình làng'), press: tap('Tạo mã cho thiết bị'), typed: [field('Tên cụm loa'), 'Cụm 9 · Đình làng'] },
  { name: 'cluster-replace', press: tap('Tạo mã cho thiết bị') },
  { name: 'library-speak', prepare: (page) => field('Dán hoặc gõ văn bản')(page).fill('Mời bà con đi họp.'), press: tap('Nghe thử'), typed: [field('Dán hoặc gõ văn bản'), 'Mời bà con đi họp.'] },
  { name: 'library-template-new', prepare: async (page) => { await field('Tên mẫu')(page).fill('Họp chi hội'); await field('Lời thông báo')(page).fill('Mời bà con đi họp.') }, press: tap('Lưu mẫu'), typed: [field('Tên mẫu'), 'Họp chi hội'] },
  { name: 'reports-shares', prepare: async (page) => { await field('Cho ai xem')(page).fill('Thanh tra huyện'); await field('Để làm gì')(page).fill('Kiểm tra') }, press: tap('Tạo đường dẫn'), typed: [field('Để làm gì'), 'Kiểm tra'] },
  { name: 'admin-person-new', prepare: async (page) => { await field('Họ và tên')(page).fill('Lò Thị Mai'); await page.getByRole('checkbox', { name: 'Xã Đức Trọng' }).check() }, press: tap('Tạo đường dẫn mời'), typed: [field('Họ và tên'), 'Lò Thị Mai'] },
  { name: 'admin-person', press: tap(/^Tạo đường dẫn mới/) },
  { name: 'admin-areas', prepare: (page) => field('Tên, ví dụ')(page).fill('Thôn Tây'), press: tap('Thêm địa bàn'), typed: [field('Tên, ví dụ'), 'Thôn Tây'] },
  { name: 'admin-area', prepare: (page) => field('Giữ bản ghi gốc')(page).fill('90'), press: tap('Lưu'), typed: [field('Giữ bản ghi gốc'), '90'] },
  { name: 'admin-hours', prepare: async (page) => { await page.getByRole('region', { name: 'Mặc định' }).getByText('Sửa').click() }, press: (page) => page.getByRole('region', { name: 'Mặc định' }).getByRole('button', { name: 'Lưu' }).click() },
  { name: 'admin-standing-one', press: tap('Lưu') },
  { name: 'admin-ways', prepare: (page) => field('Địa chỉ trang này')(page).fill('https://dai.xa.vn'), press: tap('Lưu'), typed: [field('Địa chỉ trang này'), 'https://dai.xa.vn'] },
  { name: 'admin-tests', press: (page) => page.getByRole('checkbox').first().click() },
  { name: 'admin-map', press: tap('Lưu') },
  { name: 'admin-copies', press: tap('Sao lưu ngay') },
  { name: 'begin-2', prepare: (page) => page.getByRole('radio').first().check(), press: tap('Áp dụng') },
  { name: 'notify', press: tap('Lưu') },
  { name: 'emergency', says: 'chưa biết đã gửi được hay chưa', prepare: async (page) => { await field('Diễn tập (có phát loa)')(page).check(); await tap('Nhập văn bản')(page); await field('Văn bản sẽ được đọc')(page).fill('Diễn tập.'); await page.getByLabel('Xã Đức Trọng').check() }, press: async (page) => { await page.getByRole('button', { name: /GIỮ 1,5 GIÂY/ }).focus(); await page.keyboard.down('Enter'); await page.waitForTimeout(1_800); await page.keyboard.up('Enter') }, typed: [field('Văn bản sẽ được đọc'), 'Diễn tập.'] },
]
