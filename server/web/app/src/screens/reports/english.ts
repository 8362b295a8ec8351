import { INCIDENT_KINDS, incidentWords } from '../../../../../core/incident-kinds.ts'

/** A report is a Vietnamese paper. What stands in its tables for good is told in English as well; names stay as they are. */
const ENGLISH: Readonly<Record<string, string>> = {
  'Tổng hợp': 'In brief', 'Nội dung phát theo nguồn': 'By source', 'Nội dung phát theo loại bản tin': 'By class', 'Nội dung phát theo ngôn ngữ': 'By language',
  'Mức độ xác nhận (lượt nội dung × cụm loa)': 'Evidence (items × clusters)', 'Nguyên nhân phát thiếu': 'Why less was aired', 'Kết quả theo địa bàn': 'By area',
  'Định mức phát (theo quy định đang áp dụng)': 'Caps in force', 'Kết quả theo cụm loa': 'By cluster', 'Kết nối và dung lượng SIM 4G': 'Links and SIM data',
  'Sự cố và thời gian khắc phục': 'Incidents and repair', 'Bản tin và tài liệu tiếp nhận': 'Bulletins and documents received',
  'Chỉ tiêu': 'Figure', 'Kết quả': 'Result', 'Nguồn': 'Source', 'Loại': 'Class', 'Ngôn ngữ': 'Language', 'Mức': 'Rung', 'Số lượt': 'Count', 'Tỷ lệ': 'Share', 'Nguyên nhân': 'Reason',
  'Phút × cụm còn thiếu': 'Minutes × clusters lacking', 'Nội dung': 'Items', 'Thời lượng theo lịch (phút)': 'Planned (minutes)', 'Thời lượng đã phát (phút)': 'Aired (minutes)',
  'Phút × cụm theo lịch': 'Minutes × clusters planned', 'Phút × cụm đã phát': 'Minutes × clusters aired', 'Tỷ lệ phát': 'Share aired', 'Địa bàn': 'Area', 'Cụm loa': 'Clusters', 'Cụm đã phát': 'Clusters that aired',
  'Buổi theo lịch': 'Sessions planned', 'Buổi phát đủ': 'Sessions whole', 'Buổi phát thiếu': 'Sessions in part', 'Phút theo lịch': 'Minutes planned', 'Phút đã phát': 'Minutes aired', 'Tỷ lệ có kết nối': 'Share online',
  'Ngày có phát': 'Days on air', 'Ngày vượt số buổi': 'Days with too many sessions', 'Ngày vượt tổng phút': 'Days with too many minutes', 'Ngày có buổi quá dài': 'Days with a session too long',
  'Loại sự cố': 'Kind', 'Số sự cố': 'Incidents', 'Chưa khắc phục': 'Still open', 'Thời gian khắc phục bình quân (giờ)': 'Mean repair (hours)', 'Trung vị (giờ)': 'Median (hours)', 'Số lượng': 'Count', 'Cộng': 'In all',
  'Số đài truyền thanh cấp xã': 'Commune stations', 'Số buổi phát theo lịch': 'Sessions planned', 'Buổi phát đủ trên mọi cụm loa': 'Sessions whole on every cluster', 'Buổi phát còn thiếu ở một số cụm': 'Sessions lacking on some clusters',
  'Buổi không phát được': 'Sessions not aired', 'Thời lượng theo lịch': 'Planned time', 'Thời lượng đã phát': 'Aired time', 'Tỷ lệ thời lượng × cụm loa đã phát': 'Share of time × clusters aired', 'Cụm loa trên địa bàn': 'Clusters in the area',
  'Cụm loa đã phát ít nhất một nội dung': 'Clusters that aired anything', 'Nội dung bắt đầu muộn quá 2 giây': 'Items more than 2 s late', 'Số lần âm thanh ngắt quãng': 'Interruptions of the sound',
  'Thời lượng phát bằng nội dung thay thế khi mất tín hiệu tiếp âm': 'Time of substitutes for lost relays',
  'Chương trình tự sản xuất': 'Own programmes', 'Tiếp âm, tiếp sóng': 'Relays', 'Chương trình cấp trên chia sẻ': 'Shared by a higher level', 'Bản tin nguồn': 'Source bulletins', 'Phát trực tiếp': 'Live', 'Thông báo khẩn cấp': 'Emergency notices',
  'Thông thường': 'Normal', 'Ưu tiên': 'Priority', 'Khẩn cấp': 'Emergency', 'Tiếng Việt': 'Vietnamese', 'Nhiều thứ tiếng': 'Several languages',
  'Chỉ có theo lịch': 'Planned only', 'Đã nhận lệnh, không có tiếng': 'Ordered, no sound', 'Đã phát': 'Played', 'Đã xác nhận có tiếng': 'Heard', 'Có người xác nhận': 'Confirmed by a person',
  'Cụm loa có số liệu': 'Clusters with figures', 'Tỷ lệ thời gian có kết nối': 'Share of time online', 'Thời gian sóng tốt': 'Time with a good signal', 'Thời gian sóng yếu': 'Time with a poor signal', 'Dung lượng đã dùng (MB)': 'Data used (MB)',
  'Bình quân mỗi cụm (MB)': 'Mean of a cluster (MB)', 'Cụm vượt gói cước': 'Clusters over their plan', 'Bản tin tiếp nhận': 'Bulletins received', 'Tài liệu tiếp nhận': 'Documents received', 'Đã đọc': 'Read',
  'Toàn hệ thống': 'Whole station',
}

const INCIDENTS: ReadonlyMap<string, string> = new Map(INCIDENT_KINDS.map((kind) => incidentWords(kind)).flatMap((words) => (words === null ? [] : [[words.vi, words.en] as const])))

/** A heading or a label of a report in English; as it is where it is a name. */
export const english = (vi: string): string => ENGLISH[vi] ?? INCIDENTS.get(vi) ?? vi.replace(/^Cụm loa cần quan tâm \((\d+) cụm phát thấp nhất\)$/, 'Clusters that need somebody ($1 that aired least)')

/** A figure with its unit: `12,5 phút`. */
export const englishFigure = (text: string): string => text.replace(/ phút × cụm$/, ' min × clusters').replace(/ phút$/, ' min').replace(/ (lượt|lần)$/, '')
