import type { Words } from '../../words/vi.ts'

/** What stands on the page where the ground of the map is chosen. */
export const vi = {
  title: 'Bản đồ nền',
  hint: 'Bản đồ cụm loa có đường sá, sông suối hay để trơn.',
  intro: 'Bình thường bản đồ cụm loa để trơn, không lấy gì từ nơi khác. Có thể cho hiện đường sá, nhà cửa do một nơi khác giữ.',
  effect: 'Bản đồ nền do máy khác giữ; nơi đó biết bà con đang xem vùng nào và từ trang nào. Chỉ tải khi có người mở bản đồ, tốn thêm dữ liệu mạng. Mất nơi đó thì bản đồ trơn vẫn dùng được.',
  address: 'Địa chỉ bản đồ nền (để trống: bản đồ trơn)',
  addressHint: 'Bắt đầu bằng https:// và có đủ {z}, {x}, {y}. Hãy hỏi nơi giữ bản đồ xem đài có được dùng không.',
  keeper: 'Ghi nguồn, hiện dưới bản đồ',
  keeperHint: 'Ví dụ: © Cục Đo đạc, Bản đồ. Nơi giữ bản đồ thường yêu cầu ghi đúng chữ của họ.',
  savedOn: 'Đã lưu. Các máy thấy bản đồ nền từ lần mở trang sau.',
  savedOff: 'Đã lưu. Từ nay bản đồ để trơn.',
  look: 'Xem trên bản đồ',
} as const
export const en: Words<typeof vi> = {
  title: 'Ground of the map',
  hint: 'Whether the map of clusters shows roads and rivers or is plain.',
  intro: 'Usually the map of clusters is plain and takes nothing from elsewhere. It can lie on roads and houses that another place keeps.',
  effect: 'The ground is kept by another machine, which learns what region is looked at and from which page. It is fetched only while somebody has the map open, and takes more data. Without that place the plain map still works.',
  address: 'Address of the ground (empty: a plain map)',
  addressHint: 'It begins with https:// and has {z}, {x} and {y} in it. Ask its keeper whether the station may use it.',
  keeper: 'Source, shown below the map',
  keeperHint: 'Such as: © Department of Survey and Mapping. Keepers mostly ask for their own words.',
  savedOn: 'Saved. Devices show the ground from the next time that they open the page.',
  savedOff: 'Saved. The map is plain from now on.',
  look: 'See it on the map',
}
