/** What stands on the short help beside each page. What is quoted stands so on the page. */
export const vi = {
  helpTitle: 'Trợ giúp',
  helpGuide: 'Xem hướng dẫn một trang, có thể in ra',
  helpNow: [
    'Nút lớn ở trên là việc bạn làm nhiều nhất.',
    'Mục “Tiếp theo” đếm ngược tới buổi phát tới và cho biết cụm loa nào chưa sẵn sàng.',
    'Mục “Vì sao đang phát hoặc không phát?” ở cuối trang trả lời cho từng cụm loa.',
  ],
  helpEmergency: [
    'Chọn thật hay diễn tập, nội dung, rồi địa bàn. Đọc dòng “Sẽ phát tới … cụm loa” trước khi gửi.',
    'Giữ nút 1,5 giây để gửi. Tay run cũng được, chỉ nhấc ngón tay ra mới là thôi.',
    'Nhầm thì bấm “DỪNG NGAY”: loa im trong vài giây.',
  ],
  helpTimetable: [
    'Bấm “Sửa lịch” để soạn. Loa vẫn phát lịch cũ cho đến khi bạn bấm “Công bố”.',
    'Mở một buổi phát để thêm, bỏ, đổi chỗ nội dung. Nhầm thì bấm “Hoàn tác bước vừa rồi”.',
    'Đám tang, kỳ thi: bấm “Tạm ngừng phát” ở cuối trang.',
  ],
  helpLibrary: [
    'Thông báo nhanh: chọn một mẫu ở mục “Soạn thông báo”, điền các ô, nghe thử rồi phát.',
    'Bài khác thì “Ghi âm”, “Đọc văn bản” hoặc “Gửi bản ghi có sẵn”. Bài mới cần được duyệt rồi mới phát.',
    '“Kho chương trình” ở cuối trang giữ mọi bài. Gõ không dấu cũng tìm được.',
  ],
  helpLive: [
    'Chọn nơi phát, bấm “Bắt đầu nói”, chờ chữ “MỜI NÓI” rồi hãy nói.',
    'Chữ “ĐANG LÊN SÓNG” hiện khi loa thật sự phát lời bạn. Nói xong thì bấm “Kết thúc”.',
    'Chưa quen thì bấm “Tập thử trước”: chỉ mình bạn nghe.',
  ],
  helpIncidents: [
    'Sự cố tự hiện ra khi cụm loa hỏng hay mất kết nối, và tự khép lại khi cụm loa hoạt động lại.',
    'Mở một sự cố để xem vì sao, nhận việc, ghi chú, thêm ảnh.',
    'Những việc đã xong nằm ở mục “Đã khắc phục”.',
  ],
  helpClusters: [
    'Gõ tên để tìm. Chữ đỏ là cụm loa đang lỗi hoặc mất kết nối.',
    'Mở một cụm loa để xem vì sao, chỉnh âm lượng, hoặc “Tắt tiếng” khi loa rè, hú.',
  ],
  helpReports: [
    'Chọn khoảng thời gian để xem đã phát bao nhiêu, ở đâu thiếu và vì sao.',
    'Số liệu lấy từ những gì chính cụm loa báo đã phát. Có thể in hoặc lưu về máy.',
  ],
  helpAdmin: [
    'Mời người, giao việc, đặt giờ phát và các cài đặt khác. Mỗi mục nói rõ nó thay đổi điều gì.',
    'Ai quên mật khẩu: mở “Người dùng và vai trò”, chọn tên người đó, bấm “Tạo đường dẫn mới”.',
    'Ai đã làm gì, lúc nào: xem “Nhật ký thao tác”.',
  ],
  helpBegin: [
    'Làm lần lượt từng bước. Bước nào chưa làm được thì bấm “Tiếp (hoặc bỏ qua)”.',
    'Những gì đã lưu đều đổi lại được ở trang “Quản trị”.',
  ],
  helpPractice: [
    'Xã mẫu là nơi để tập: bấm gì ở đó cũng không phát ra loa thật.',
    'Khi ở trong xã mẫu, trên đầu mọi trang có dải vàng “TẬP DƯỢT”.',
  ],
  helpNotify: [
    'Chọn muốn nhận tin gì, vào giờ nào, bằng cách nào.',
    'Bấm “Gửi thử” để biết chắc là tin tới được bạn.',
  ],
  helpUpdates: [
    'Bản cập nhật tới vài cụm loa trước. Các cụm đó chạy tốt thì cụm khác mới làm theo.',
    'Cụm loa nào trục trặc thì tự quay về bản cũ.',
  ],
} as const
