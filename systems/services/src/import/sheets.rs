//! The sheets of the workbook: one description for the template that is written and the reader.

/// A column; `key` is the field name of the national portal where there is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) width: f64,
    /// Values offered as a list.
    pub(super) choices: &'static [&'static str],
    /// What the guidance sheet says.
    pub(super) help: &'static str,
    /// In the example row.
    pub(super) example: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
}

/// Name of the hidden sheet and its content: what the workbook is, and the version of its template.
pub(super) const HIDDEN: &str = "_chuyendong";
pub(super) const KIND: &str = "procedures";
pub(super) const VERSION: &str = "1";
pub(super) const GUIDANCE: &str = "Hướng dẫn";

/// Rows whose first cell begins with it are examples and are passed over.
pub(super) const EXAMPLE: &str = "Ví dụ";

const fn column(
    key: &'static str,
    title: &'static str,
    width: f64,
    help: &'static str,
    example: &'static str,
) -> Column {
    Column { key, title, width, choices: &[], help, example }
}

const fn choice(mut column: Column, choices: &'static [&'static str]) -> Column {
    column.choices = choices;
    column
}

const CODE: Column = column(
    "MATTHC",
    "Mã thủ tục",
    16.0,
    "Mã quốc gia, dạng 1.001193. Trang nào cũng ghi lại mã này.",
    "Ví dụ 1.001193",
);
const CASE: Column = column(
    "TRUONGHOP",
    "Trường hợp",
    28.0,
    "Tên trường hợp, ghi giống nhau ở mọi trang. Để trống nếu dùng chung cho mọi trường hợp.",
    "",
);

pub(super) const PROCEDURES: Sheet = Sheet {
    name: "Thủ tục",
    columns: &[
        CODE,
        column("TENTTHC", "Tên thủ tục", 48.0, "Tên chính thức.", "Thủ tục đăng ký khai sinh"),
        column("TENTHUONGGOI", "Tên thường gọi", 32.0, "Cách người dân gọi.", "Làm giấy khai sinh cho con"),
        column("TUKHOA", "Từ khóa", 32.0, "Cách nói khác để tìm, ngăn bằng dấu chấm phẩy.", "khai sinh; mới sinh con"),
        column("MALINHVUC", "Mã lĩnh vực", 14.0, "Có thể để trống.", ""),
        column("TENLINHVUC", "Lĩnh vực", 24.0, "Tên lĩnh vực.", "Hộ tịch"),
        column(
            "COQUANTHUCHIEN",
            "Cơ quan thực hiện",
            32.0,
            "Nhiều cơ quan thì ngăn bằng dấu chấm phẩy.",
            "Ủy ban nhân dân cấp xã",
        ),
        column("MACOQUANCONGBO", "Cơ quan công bố", 24.0, "Cơ quan ban hành quyết định công bố.", "Bộ Tư pháp"),
        column("DOITUONGTHUCHIEN", "Đối tượng thực hiện", 32.0, "Ai được nộp.", "Cha, mẹ, người thân thích"),
        column("KETQUATHUCHIEN", "Kết quả", 28.0, "Giấy tờ nhận được.", "Giấy khai sinh"),
        column("YEUCAU", "Yêu cầu, điều kiện", 40.0, "Ghi đúng như đã công bố.", ""),
    ],
};

pub(super) const TIMES: Sheet = Sheet {
    name: "Cách thức",
    columns: &[
        CODE,
        CASE,
        choice(
            column("KENH", "Kênh", 20.0, "Trực tiếp, Trực tuyến hoặc Bưu chính.", "Trực tiếp"),
            &["Trực tiếp", "Trực tuyến", "Bưu chính"],
        ),
        column(
            "THOIGIANGIAIQUYET",
            "Thời hạn",
            14.0,
            "Số, ví dụ 3. Không có quy định thì ghi “Không quy định”. Lời văn được giữ lại nhưng không hẹn ngày.",
            "3",
        ),
        choice(
            column("DONVITINH", "Đơn vị", 16.0, "Giờ, Ngày làm việc, Ngày hoặc Tháng.", "Ngày làm việc"),
            &["Giờ", "Ngày làm việc", "Ngày", "Tháng"],
        ),
        column("MOTA", "Mô tả", 48.0, "Lời văn đã công bố.", ""),
    ],
};

pub(super) const FEES: Sheet = Sheet {
    name: "Phí, lệ phí",
    columns: &[
        CODE,
        CASE,
        column("MAPHILEPHI", "Mã phí", 14.0, "Có thể để trống.", ""),
        column(
            "SOTIEN",
            "Số tiền",
            14.0,
            "Số đồng, ví dụ 8000. Không thu thì ghi 0. Chưa công bố thì để trống.",
            "8000",
        ),
        column("DONVI", "Đơn vị tiền", 12.0, "Đồng.", "Đồng"),
        column("MOTA", "Mô tả", 48.0, "Tên khoản phí.", "Lệ phí cấp bản sao"),
    ],
};

pub(super) const PAPERS: Sheet = Sheet {
    name: "Thành phần hồ sơ",
    columns: &[
        CODE,
        CASE,
        column("MAGIAYTO", "Mã giấy tờ", 16.0, "Có thể để trống.", ""),
        column("TENGIAYTO", "Tên giấy tờ", 48.0, "Tên đầy đủ.", "Giấy chứng sinh"),
        choice(
            column("BATBUOC", "Bắt buộc", 12.0, "Có hoặc Không. Để trống là Có, trừ khi tên ghi “nếu có”.", "Có"),
            &["Có", "Không"],
        ),
        column("SOBANCHINH", "Số bản chính", 12.0, "Số nguyên.", "1"),
        column("SOBANSAO", "Số bản sao", 12.0, "Số nguyên.", "0"),
        column("TENMAUDON", "Tên mẫu đơn", 28.0, "Nếu có mẫu.", ""),
        column("URL", "Địa chỉ mẫu đơn", 28.0, "Nếu có.", ""),
    ],
};

pub(super) const STEPS: Sheet = Sheet {
    name: "Trình tự",
    columns: &[
        CODE,
        CASE,
        column(
            "TENTRINHTU",
            "Bước thực hiện",
            80.0,
            "Mỗi bước một dòng, đúng thứ tự.",
            "Nộp hồ sơ tại bộ phận một cửa",
        ),
    ],
};

pub(super) const BASES: Sheet = Sheet {
    name: "Căn cứ pháp lý",
    columns: &[
        CODE,
        column("SOVANBAN", "Số văn bản", 24.0, "Số và ký hiệu.", "60/2014/QH13"),
        column("TENVANBAN", "Tên văn bản", 64.0, "Tên văn bản.", "Luật Hộ tịch"),
    ],
};

pub(super) const SHEETS: [Sheet; 6] = [PROCEDURES, TIMES, FEES, PAPERS, STEPS, BASES];

/// Last row that offers a list of values.
pub(super) const CHOICE_ROWS: u32 = 20_000;
