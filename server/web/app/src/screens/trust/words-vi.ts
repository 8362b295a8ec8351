/** The sentences of the page on how a phone comes to trust the station. */
export const vi = {
  title: 'Mở trang an toàn của đài',
  why: 'Điện thoại chỉ cho trang an toàn dùng micro và vị trí. Mỗi điện thoại làm một lần, khoảng hai phút.',
  secureAlready: 'Trang này đã an toàn. Không cần làm gì thêm.',
  noSecure: 'Đài này chưa có địa chỉ an toàn. Hãy nhờ người quản trị.',
  scan: 'Trên điện thoại: nối vào cùng mạng Wi-Fi với đài, rồi quét mã này.',
  scanLabel: (address: string) => `Mã quét của ${address}`,
  orType: 'Hoặc gõ địa chỉ:',
  here: 'Các bước trên điện thoại',
  android: 'Android',
  iphone: 'iPhone, iPad',
  take: 'Tải chứng thực của đài',
  compare: (name: string) => `Tên chứng thực: ${name}. Trước khi cài, hãy so dãy này với dãy trên màn hình máy của đài. Nếu khác thì dừng lại.`,
  only: 'Chứng thực này chỉ có giá trị với máy của đài trong mạng riêng. Nó không mở được trang nào khác.',
  openSecure: 'Mở trang an toàn',
  androidSteps: [
    'Bấm “Tải chứng thực của đài” ở dưới.',
    'Mở Cài đặt của điện thoại, tìm “Chứng chỉ CA” (thường ở Bảo mật → Cài đặt bảo mật khác → Cài đặt chứng chỉ).',
    'Bấm “Vẫn cài đặt”, rồi chọn tieng-lang.crt trong mục Tải xuống.',
    'Quay lại đây và bấm “Mở trang an toàn”.',
  ],
  iphoneSteps: [
    'Mở trang này bằng Safari, bấm “Tải chứng thực của đài” ở dưới, rồi chọn “Cho phép”.',
    'Mở Cài đặt, bấm “Đã tải về hồ sơ”, rồi bấm “Cài đặt”.',
    'Vào Cài đặt → Cài đặt chung → Giới thiệu → Cài đặt tin cậy chứng nhận, bật tên của đài.',
    'Quay lại đây và bấm “Mở trang an toàn”.',
  ],
} as const
