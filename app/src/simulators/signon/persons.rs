//! Invented persons, businesses and officers.

use serde::Deserialize;

/// Which provider is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "dvcqg")]
    Portal,
    #[serde(rename = "vneid")]
    Vneid,
    #[serde(rename = "tinh")]
    Province,
}

impl Kind {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Portal => "dvcqg",
            Self::Vneid => "vneid",
            Self::Province => "tinh",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Portal => "Cổng Dịch vụ công Quốc gia (mô phỏng)",
            Self::Vneid => "VNeID (mô phỏng)",
            Self::Province => "tài khoản cán bộ của tỉnh (mô phỏng)",
        }
    }

    pub(super) fn name_en(self) -> &'static str {
        match self {
            Self::Portal => "the national portal (simulated)",
            Self::Vneid => "VNeID (simulated)",
            Self::Province => "the province's officer account (simulated)",
        }
    }
}

/// Somebody who does not exist.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) technical_id: &'static str,
    /// Shown on the button.
    pub(super) label: &'static str,
    pub(super) assurance: &'static str,
    pub(super) claims: &'static [(&'static str, &'static str)],
}

const HOA: &[(&str, &str)] = &[
    ("LoaiTaiKhoan", "1"),
    ("SoDinhDanh", "049190000101"),
    ("HoVaTen", "Nguyễn Thị Hòa Minh Họa"),
    ("NgayThangNamSinh", "12/03/1990"),
    ("GioiTinh", "Nữ"),
    ("QuocTich", "Việt Nam"),
    ("ThuongTru", "Số 1 đường Minh Họa, phường Tân Thạnh, thành phố Tam Kỳ, tỉnh Quảng Nam"),
    ("SoDienThoai", "0905000101"),
];
const BINH: &[(&str, &str)] = &[
    ("LoaiTaiKhoan", "1"),
    ("SoDinhDanh", "049085000102"),
    ("HoVaTen", "Trần Văn Bình Thí Dụ"),
    ("NgayThangNamSinh", "30/11/1985"),
    ("GioiTinh", "Nam"),
    ("QuocTich", "Việt Nam"),
    ("ThuongTru", "Thôn Mẫu, xã Tam Thăng, thành phố Tam Kỳ, tỉnh Quảng Nam"),
];
const COMPANY: &[(&str, &str)] = &[
    ("LoaiTaiKhoan", "2"),
    ("MaSoThue", "4000000101"),
    ("TenDoanhNghiep", "Công ty TNHH Minh Họa Tam Kỳ"),
    ("DiaChi", "Khu công nghiệp Mẫu, thành phố Tam Kỳ, tỉnh Quảng Nam"),
    ("NguoiDaiDien", "Trần Văn Bình Thí Dụ"),
];

const PORTAL: &[Person] = &[
    Person {
        technical_id: "DVC-101",
        label: "Nguyễn Thị Hòa Minh Họa, công dân, mức 2",
        assurance: "LoA2",
        claims: HOA,
    },
    Person {
        technical_id: "DVC-102", label: "Trần Văn Bình Thí Dụ, công dân, mức 1", assurance: "LoA1", claims: BINH
    },
    Person {
        technical_id: "DVC-201",
        label: "Công ty TNHH Minh Họa Tam Kỳ, doanh nghiệp",
        assurance: "LoA2",
        claims: COMPANY,
    },
];
const VNEID: &[Person] = &[
    Person {
        technical_id: "VNE-101",
        label: "Nguyễn Thị Hòa Minh Họa, định danh mức 2",
        assurance: "LoA2",
        claims: HOA,
    },
    Person {
        technical_id: "VNE-102", label: "Trần Văn Bình Thí Dụ, định danh mức 2", assurance: "LoA2", claims: BINH
    },
];
const PROVINCE: &[Person] = &[
    Person {
        technical_id: "CB-1",
        label: "Cán bộ một cửa thành phố Tam Kỳ (tiepnhan.tamky)",
        assurance: "LoA2",
        claims: &[("preferred_username", "tiepnhan.tamky"), ("HoVaTen", "Cán bộ minh họa")],
    },
    Person {
        technical_id: "CB-2",
        label: "Lãnh đạo thành phố Tam Kỳ (lanhdao.tamky)",
        assurance: "LoA2",
        claims: &[("preferred_username", "lanhdao.tamky"), ("HoVaTen", "Lãnh đạo minh họa")],
    },
    Person {
        technical_id: "CB-3",
        label: "Cán bộ chỉ dùng mật khẩu (mức 1, không được vào)",
        assurance: "LoA1",
        claims: &[("preferred_username", "chuyenvien.tamky"), ("HoVaTen", "Chuyên viên minh họa")],
    },
];

pub(super) fn of(kind: Kind) -> &'static [Person] {
    match kind {
        Kind::Portal => PORTAL,
        Kind::Vneid => VNEID,
        Kind::Province => PROVINCE,
    }
}
