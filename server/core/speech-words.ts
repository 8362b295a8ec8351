/** Abbreviations of Vietnamese public life. The longest match wins; case matters. */
export const ABBREVIATIONS: Readonly<Record<string, string>> = {
  'UBND': 'Uỷ ban nhân dân', 'HĐND': 'Hội đồng nhân dân', 'UBMTTQ': 'Uỷ ban Mặt trận Tổ quốc', 'MTTQ': 'Mặt trận Tổ quốc',
  'UBMTTQVN': 'Uỷ ban Mặt trận Tổ quốc Việt Nam', 'MTTQVN': 'Mặt trận Tổ quốc Việt Nam', 'BCH': 'Ban chấp hành', 'BCHQS': 'Ban chỉ huy quân sự',
  'BTV': 'Ban thường vụ', 'BCĐ': 'Ban chỉ đạo', 'BQL': 'Ban quản lý', 'BTC': 'Ban tổ chức', 'BTS': 'Ban trị sự',
  'ĐBQH': 'đại biểu Quốc hội', 'TW': 'Trung ương', 'TƯ': 'Trung ương', 'CP': 'Chính phủ', 'TTg': 'Thủ tướng Chính phủ',
  'NĐ-CP': 'nghị định Chính phủ', 'NQ-CP': 'nghị quyết Chính phủ', 'QĐ-TTg': 'quyết định Thủ tướng Chính phủ',
  'CT-TTg': 'chỉ thị Thủ tướng Chính phủ', 'QĐ': 'quyết định', 'NQ': 'nghị quyết', 'NĐ': 'nghị định', 'TT-BYT': 'thông tư Bộ Y tế',
  'LHPN': 'Liên hiệp Phụ nữ', 'CCB': 'Cựu chiến binh', 'TNCS': 'Thanh niên Cộng sản', 'ĐTN': 'Đoàn thanh niên', 'CLB': 'câu lạc bộ',
  'HTX': 'hợp tác xã', 'HTXNN': 'hợp tác xã nông nghiệp', 'NTM': 'nông thôn mới', 'OCOP': 'ô cốp', 'TDP': 'tổ dân phố', 'KDC': 'khu dân cư',
  'KCN': 'khu công nghiệp', 'DTTS': 'dân tộc thiểu số', 'KT-XH': 'kinh tế xã hội', 'VH-XH': 'văn hoá xã hội', 'QP-AN': 'quốc phòng an ninh',
  'ANTT': 'an ninh trật tự', 'ATGT': 'an toàn giao thông', 'TNGT': 'tai nạn giao thông', 'CSGT': 'cảnh sát giao thông', 'ATTP': 'an toàn thực phẩm',
  'VSATTP': 'vệ sinh an toàn thực phẩm', 'PCCC': 'phòng cháy chữa cháy', 'CNCH': 'cứu nạn cứu hộ', 'PCTT': 'phòng chống thiên tai',
  'TKCN': 'tìm kiếm cứu nạn', 'PCTT&TKCN': 'phòng chống thiên tai và tìm kiếm cứu nạn', 'PCCCR': 'phòng cháy chữa cháy rừng', 'BVMT': 'bảo vệ môi trường',
  'GD&ĐT': 'giáo dục và đào tạo', 'GDĐT': 'giáo dục và đào tạo', 'NN&PTNT': 'nông nghiệp và phát triển nông thôn', 'TN&MT': 'tài nguyên và môi trường',
  'LĐ-TB&XH': 'lao động, thương binh và xã hội', 'LĐTBXH': 'lao động, thương binh và xã hội', 'VHTT': 'văn hoá thông tin', 'TTTT': 'thông tin và truyền thông',
  'VHTT&DL': 'văn hoá, thể thao và du lịch', 'KHCN': 'khoa học và công nghệ', 'CNTT': 'công nghệ thông tin', 'CĐS': 'chuyển đổi số', 'DVC': 'dịch vụ công',
  'THCS': 'trung học cơ sở', 'THPT': 'trung học phổ thông', 'HSSV': 'học sinh, sinh viên', 'BHYT': 'bảo hiểm y tế', 'BHXH': 'bảo hiểm xã hội',
  'BHTN': 'bảo hiểm thất nghiệp', 'SXH': 'sốt xuất huyết', 'KHHGĐ': 'kế hoạch hoá gia đình', 'DS-KHHGĐ': 'dân số kế hoạch hoá gia đình',
  'CCCD': 'căn cước công dân', 'CMND': 'chứng minh nhân dân', 'GPLX': 'giấy phép lái xe', 'NVQS': 'nghĩa vụ quân sự', 'TDTT': 'thể dục thể thao',
  'NCT': 'người cao tuổi', 'TP.HCM': 'Thành phố Hồ Chí Minh', 'TPHCM': 'Thành phố Hồ Chí Minh', 'TP HCM': 'Thành phố Hồ Chí Minh',
  'HCM': 'Hồ Chí Minh', 'VN': 'Việt Nam', 'CHXHCN': 'Cộng hoà xã hội chủ nghĩa', 'XHCN': 'xã hội chủ nghĩa', 'TTXVN': 'Thông tấn xã Việt Nam',
  'VOV': 'vê ô vê', 'VTV': 'vê tê vê', 'VNeID': 'vê en e i đê', 'EVN': 'e vê en', 'Covid': 'cô vít', 'COVID': 'cô vít', 'SMS': 'ét em ét', 'USB': 'u ét bê',
  'SĐT': 'số điện thoại', 'ĐT': 'điện thoại', 'Wi-Fi': 'oai phai', 'wifi': 'oai phai', 'Wifi': 'oai phai', 'Zalo': 'da lô', 'Facebook': 'phây búc',
  'email': 'thư điện tử', 'Email': 'thư điện tử', 'internet': 'in tơ nét', 'Internet': 'in tơ nét', 'online': 'trực tuyến', 'v.v': 'vân vân', 'VAT': 'thuế giá trị gia tăng',
  'ĐH': 'đại học', 'CĐ': 'cao đẳng', 'THPTQG': 'trung học phổ thông quốc gia', 'QSDĐ': 'quyền sử dụng đất', 'GCNQSDĐ': 'giấy chứng nhận quyền sử dụng đất',
  'TTHC': 'thủ tục hành chính', 'MTQG': 'mục tiêu quốc gia', 'BVTV': 'bảo vệ thực vật', 'BVR': 'bảo vệ rừng', 'ĐVTN': 'đoàn viên thanh niên', 'KCB': 'khám chữa bệnh',
  'UBKT': 'Uỷ ban kiểm tra', 'TBXH': 'thương binh và xã hội', 'NHCSXH': 'Ngân hàng Chính sách xã hội', 'PCTP': 'phòng chống tội phạm', 'PCMT': 'phòng chống ma tuý',
  'TDĐKXDĐSVH': 'toàn dân đoàn kết xây dựng đời sống văn hoá', 'NVH': 'nhà văn hoá', 'NSNN': 'ngân sách nhà nước', 'SXKD': 'sản xuất kinh doanh', 'GTNT': 'giao thông nông thôn',
}

/** Short forms in front of a name or a number: the dot belongs to them. */
export const TITLES: readonly (readonly [RegExp, string])[] = [
  [/(?<![\p{L}\p{N}])T[Pp]\.?\s?(?=\p{Lu})/gu, 'thành phố '],
  [/(?<![\p{L}\p{N}])TX\.?\s?(?=\p{Lu})/gu, 'thị xã '],
  [/(?<![\p{L}\p{N}])(?:TT\.|Tt\.)\s?(?=\p{Lu})/gu, 'thị trấn '],
  [/(?<![\p{L}\p{N}])P\.\s?(?=[\p{Lu}\d])/gu, 'phường '],
  [/(?<![\p{L}\p{N}])Q\.\s?(?=[\p{Lu}\d])/gu, 'quận '],
  [/(?<![\p{L}\p{N}])X\.\s?(?=\p{Lu})/gu, 'xã '],
  [/(?<![\p{L}\p{N}])H\.\s?(?=\p{Lu})/gu, 'huyện '],
  [/(?<![\p{L}\p{N}])(?:Đ\/c|đ\/c|đc\.)\s?(?=\p{L})/gu, 'đồng chí '],
  [/(?<![\p{L}\p{N}])(?:ThS|Ths)\.?\s?(?=\p{Lu})/gu, 'thạc sĩ '],
  [/(?<![\p{L}\p{N}])(?:BS|Bs)\.\s?(?=\p{Lu})/gu, 'bác sĩ '],
  [/(?<![\p{L}\p{N}])(?:TS|Ts)\.\s?(?=\p{Lu})/gu, 'tiến sĩ '],
]

/** Kinds of papers and who issues them, in document numbers such as `192-BC/HU` only: elsewhere the letters mean other things. */
export const PAPERS: Readonly<Record<string, string>> = {
  BC: 'báo cáo', CV: 'công văn', TB: 'thông báo', KH: 'kế hoạch', CT: 'chỉ thị', TT: 'thông tư', QĐ: 'quyết định', NQ: 'nghị quyết', HD: 'hướng dẫn',
  KL: 'kết luận', TTr: 'tờ trình', GM: 'giấy mời', HU: 'Huyện uỷ', TU: 'Tỉnh uỷ', ĐU: 'Đảng uỷ', ĐUK: 'Đảng uỷ khối', BTGTU: 'Ban Tuyên giáo Tỉnh uỷ',
}

/** Units, after a number or after another unit and a slash. */
export const UNITS: Readonly<Record<string, string>> = {
  'km²': 'ki lô mét vuông', 'km2': 'ki lô mét vuông', 'm²': 'mét vuông', 'm2': 'mét vuông', 'm³': 'mét khối', 'm3': 'mét khối', 'cm²': 'xăng ti mét vuông',
  'km': 'ki lô mét', 'cm': 'xăng ti mét', 'mm': 'mi li mét', 'dm': 'đề xi mét', 'm': 'mét', 'ha': 'héc ta', 'kg': 'ki lô gam', 'mg': 'mi li gam', 'g': 'gam',
  'ml': 'mi li lít', 'lít': 'lít', 'l': 'lít', 'kWh': 'ki lô oát giờ', 'kW': 'ki lô oát', 'MW': 'mê ga oát', 'kV': 'ki lô vôn', 'W': 'oát', 'V': 'vôn',
  '°C': 'độ xê', 'ºC': 'độ xê', '°': 'độ', 'GB': 'ghi ga bai', 'MB': 'mê ga bai', 'VNĐ': 'đồng', 'VND': 'đồng', 'vnđ': 'đồng', 'đ': 'đồng', 'USD': 'đô la Mỹ',
  'tr': 'triệu', 'h': 'giờ', 's': 'giây', '%': 'phần trăm', '‰': 'phần nghìn', 'ph': 'phút', 'bpm': 'nhịp mỗi phút', 'mmHg': 'mi li mét thuỷ ngân',
}

/** Letter names as they are said on the air. */
export const LETTERS: Readonly<Record<string, string>> = {
  A: 'a', Ă: 'á', Â: 'ớ', B: 'bê', C: 'xê', D: 'dê', Đ: 'đê', E: 'e', Ê: 'ê', F: 'ép', G: 'giê', H: 'hát', I: 'i', J: 'gi', K: 'ca', L: 'lờ', M: 'mờ', N: 'nờ',
  O: 'o', Ô: 'ô', Ơ: 'ơ', P: 'pê', Q: 'quy', R: 'rờ', S: 'sờ', T: 'tê', U: 'u', Ư: 'ư', V: 'vê', W: 'vê kép', X: 'ích', Y: 'i dài', Z: 'dét',
}
