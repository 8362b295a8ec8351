import type { NoticeWords } from './notice.ts'

/** What every station begins with; the station changes them like its own. */
export const NOTICE_SEEDS: readonly (NoticeWords & { readonly id: string })[] = [
  {
    id: 'cup-dien',
    name: 'Cúp điện',
    fields: [
      { key: 'tu', label: 'Cúp điện từ', kind: 'time' },
      { key: 'den', label: 'Có điện lại lúc', kind: 'time' },
      { key: 'noi', label: 'Nơi bị cúp điện', kind: 'place', hint: 'thôn Đông và thôn Đoài' },
    ],
    text:
      'Kính thưa bà con. Đài truyền thanh {dia-ban} xin thông báo lịch cúp điện. Điện sẽ tạm cúp từ {tu}, đến {den}, tại {noi}. ' +
      'Xin bà con chủ động sắp xếp công việc, và tắt các đồ dùng điện trước giờ cúp để bảo đảm an toàn. Xin cảm ơn bà con đã lắng nghe.',
  },
  {
    id: 'tiem-chung',
    name: 'Tiêm chủng',
    fields: [
      { key: 'luc', label: 'Giờ tiêm', kind: 'time' },
      { key: 'noi', label: 'Nơi tiêm', kind: 'place', hint: 'trạm y tế xã' },
      { key: 'ai', label: 'Ai cần đi tiêm', kind: 'line', hint: 'trẻ từ 6 đến 36 tháng tuổi' },
    ],
    text:
      'Kính thưa bà con. Đài truyền thanh {dia-ban} xin thông báo lịch tiêm chủng dành cho {ai}. Thời gian: {luc}. Địa điểm: {noi}. ' +
      'Kính mời bà con đến đúng giờ, và nhớ mang theo sổ tiêm chủng. Xin cảm ơn bà con đã lắng nghe.',
  },
  {
    id: 'hop-thon',
    name: 'Họp thôn',
    fields: [
      { key: 'luc', label: 'Giờ họp', kind: 'time' },
      { key: 'noi', label: 'Nơi họp', kind: 'place', hint: 'nhà văn hoá thôn Đông' },
      { key: 'viec', label: 'Họp về việc gì', kind: 'line', hint: 'làm đường vào xóm' },
    ],
    text:
      'Kính thưa bà con. Trân trọng kính mời bà con đến dự cuộc họp, bàn về việc {viec}. Thời gian: {luc}. Địa điểm: {noi}. ' +
      'Kính mong mỗi gia đình có một người đến dự đầy đủ, đúng giờ. Xin cảm ơn bà con đã lắng nghe.',
  },
  {
    id: 'tim-tre-lac',
    name: 'Tìm trẻ lạc',
    fields: [
      { key: 'ten', label: 'Tên, tuổi, áo quần của cháu', kind: 'name', hint: 'Nguyễn Văn An, 5 tuổi, mặc áo đỏ' },
      { key: 'noi', label: 'Nơi thấy cháu lần cuối', kind: 'place', hint: 'gần chợ xã' },
      { key: 'bao', label: 'Gặp cháu thì báo cho ai', kind: 'line', hint: 'công an xã' },
    ],
    text:
      'Kính thưa bà con. Gia đình đang tìm cháu {ten}. Cháu được nhìn thấy lần cuối tại {noi}. Bà con nào gặp cháu, xin giữ cháu ở nơi an toàn, và báo ngay cho {bao}. ' +
      'Xin nhắc lại: gia đình đang tìm cháu {ten}. Ai gặp cháu, xin báo ngay cho {bao}. Gia đình xin chân thành cảm ơn bà con.',
  },
  {
    id: 'cao-pho',
    name: 'Cáo phó',
    fields: [
      { key: 'ten', label: 'Họ tên, tuổi người mất', kind: 'name', hint: 'cụ Nguyễn Văn Bình, hưởng thọ 86 tuổi' },
      { key: 'luc', label: 'Giờ đưa tang', kind: 'time' },
      { key: 'noi', label: 'Nơi an táng', kind: 'place', hint: 'nghĩa trang xã' },
    ],
    text:
      'Kính thưa bà con. Gia đình vô cùng thương tiếc báo tin: {ten}, đã từ trần. Lễ đưa tang lúc {luc}. An táng tại {noi}. ' +
      'Đài truyền thanh {dia-ban} xin báo để bà con được biết, và xin chân thành chia buồn cùng gia đình. Gia đình xin kính báo.',
  },
]
