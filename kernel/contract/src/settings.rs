//! What an installation says of itself.

/// What the installation says of itself; given to the use cases as a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the public pages without a slash at the end, printed in QR codes: `http://127.0.0.1:8080`.
    pub public_address: String,
    /// `Ủy ban nhân dân tỉnh Quảng Nam`
    pub committee: String,
    /// Place of issue on documents: `Quảng Nam`.
    pub place: String,
    /// The demonstration prints "Dữ liệu minh họa" on every document.
    pub demonstration: bool,
}
