//! One provider, as data.

use std::{collections::BTreeMap, path::PathBuf};

use kernel_base::{Error, Result, Words};
use kernel_contract::{SignOnAudience, SignOnClaims, SignOnProvider};
use kernel_org::Assurance;
use openidconnect::core::CoreJwsSigningAlgorithm as Algorithm;
use serde::Deserialize;
use url::{Host, Url};

/// Settings of a provider; endpoints that are not given are asked from its discovery document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Short name in addresses: lower-case letters, digits and `-`.
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub name_en: String,
    pub audience: SignOnAudience,
    pub issuer: String,
    #[serde(default)]
    pub authorize: String,
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub userinfo: String,
    #[serde(default)]
    pub jwks: String,
    #[serde(default)]
    pub end_session: String,
    pub client_id: String,
    /// File with the client's secret; without it the client is public and PKCE alone binds the code.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Requested level of assurance, as the provider writes it: `LoA1`.
    #[serde(default)]
    pub acr_values: String,
    #[serde(default = "openid")]
    pub scopes: String,
    /// Ask the provider's userinfo for what the token does not say.
    #[serde(default)]
    pub ask_userinfo: bool,
    #[serde(default = "algorithms")]
    pub algorithms: Vec<SigningAlgorithm>,
    /// Claims that hold the stable key of the holder; the first that is there counts.
    #[serde(default = "technical_id")]
    pub technical_id: Vec<String>,
    /// Claim and value that tell an organisation from a person.
    #[serde(default = "holder_claim")]
    pub holder_claim: String,
    #[serde(default = "organisation")]
    pub organisation: String,
    /// Claims that tell the level of assurance, the more telling first; and what their values mean.
    #[serde(default = "assurance_claims")]
    pub assurance_claims: Vec<String>,
    #[serde(default = "assurance")]
    pub assurance: BTreeMap<String, u8>,
    /// Officers: the least level that is let in.
    #[serde(default)]
    pub least_assurance: u8,
    /// Our name of a claim and the provider's names for it.
    #[serde(default = "claims")]
    pub claims: BTreeMap<String, Vec<String>>,
}

/// How the client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the form, as the national portal asks.
    #[default]
    Post,
    /// In the header `Authorization`.
    Basic,
}

/// Algorithms with a key pair; shared secrets and `none` cannot be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SigningAlgorithm {
    RS256,
    PS256,
    ES256,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    pub(crate) fn of_crate(self) -> Algorithm {
        match self {
            Self::RS256 => Algorithm::RsaSsaPkcs1V15Sha256,
            Self::PS256 => Algorithm::RsaSsaPssSha256,
            Self::ES256 => Algorithm::EcdsaP256Sha256,
            Self::EdDsa => Algorithm::EdDsa,
        }
    }
}

fn openid() -> String {
    "openid".to_owned()
}

fn algorithms() -> Vec<SigningAlgorithm> {
    vec![SigningAlgorithm::RS256, SigningAlgorithm::PS256, SigningAlgorithm::ES256, SigningAlgorithm::EdDsa]
}

fn technical_id() -> Vec<String> {
    vec!["TechID".to_owned()]
}

fn holder_claim() -> String {
    "LoaiTaiKhoan".to_owned()
}

fn organisation() -> String {
    "2".to_owned()
}

fn assurance_claims() -> Vec<String> {
    ["acr", "loAs", "IAL"].map(str::to_owned).to_vec()
}

fn assurance() -> BTreeMap<String, u8> {
    let words = [("LoA1", 1), ("LoA2", 2), ("LoA3", 3), ("1", 1), ("2", 2), ("3", 3)];
    words.map(|(word, level)| (word.to_owned(), level)).into()
}

/// The national portal's and VNeID's names.
fn claims() -> BTreeMap<String, Vec<String>> {
    let names = [
        ("name", "HoVaTen"),
        ("identity_number", "SoDinhDanh"),
        ("old_identity_number", "SoCMND"),
        ("birth_date", "NgayThangNamSinh"),
        ("sex", "GioiTinh"),
        ("nationality", "QuocTich"),
        ("permanent_address", "ThuongTru"),
        ("current_address", "NoiOHienNay"),
        ("home_town", "QueQuan"),
        ("phone", "SoDienThoai"),
        ("email", "ThuDienTu"),
        ("tax_code", "MaSoThue"),
        ("business_number", "MaSoDoanhNghiep"),
        ("business_name", "TenDoanhNghiep"),
        ("business_address", "DiaChi"),
        ("representative", "NguoiDaiDien"),
        ("status", "TrangThai"),
    ];
    names.map(|(ours, theirs)| (ours.to_owned(), vec![theirs.to_owned()])).into()
}

impl ProviderSettings {
    pub(crate) fn name_en(&self) -> &str {
        if self.name_en.is_empty() { &self.name } else { &self.name_en }
    }

    pub(crate) fn shown(&self) -> SignOnProvider {
        let end = if self.end_session.is_empty() { &self.issuer } else { &self.end_session };
        SignOnProvider {
            id: self.id.clone(),
            name: Words::new(&self.name, self.name_en()),
            audience: self.audience,
            origin: Url::parse(end).map(|url| url.origin().ascii_serialization()).unwrap_or_default(),
            least: Assurance::level(self.least_assurance).unwrap_or_default(),
        }
    }

    /// True when nothing has to be discovered.
    pub(crate) fn is_explicit(&self) -> bool {
        ![&self.authorize, &self.token, &self.jwks].into_iter().any(String::is_empty)
    }

    /// # Errors
    /// The setting that is wrong, by its name.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |what: &str| {
            let words = format!("Nhà cung cấp đăng nhập “{}”: {what}.", self.id);
            Err(Error::refused("config", Words::new(words, format!("Sign-in provider “{}”: {what}.", self.id))))
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || !self.id.chars().all(plain) {
            return wrong("id chỉ gồm chữ thường, chữ số và dấu “-”");
        }
        let addresses = [&self.issuer, &self.authorize, &self.token, &self.userinfo, &self.jwks, &self.end_session];
        if let Some(bad) = addresses.into_iter().filter(|a| !a.is_empty()).find(|a| !is_safe(a)) {
            return wrong(&format!("địa chỉ “{bad}” phải là https"));
        }
        if self.issuer.is_empty() || self.client_id.is_empty() || !self.scopes.split(' ').any(|s| s == "openid") {
            return wrong("thiếu issuer, client_id hoặc scope openid");
        }
        if let Some(unknown) = self.claims.keys().find(|name| !SignOnClaims::NAMES.contains(&name.as_str())) {
            return wrong(&format!("không có thông tin tên “{unknown}”"));
        }
        if self.assurance.values().chain([&self.least_assurance]).any(|level| *level > 3) {
            return wrong("mức độ bảo đảm từ 0 đến 3");
        }
        Ok(())
    }

    pub(crate) fn secret(&self) -> Result<Option<String>> {
        let Some(path) = &self.client_secret_file else { return Ok(None) };
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|e| {
            let words = format!("Không đọc được tệp khóa đăng nhập {}: {e}.", path.display());
            Error::refused("config", Words::new(words, ""))
        })?;
        Ok(Some(text.trim().to_owned()))
    }
}

/// Https, or plain http on this machine (tests, the demonstration).
pub(crate) fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal() -> ProviderSettings {
        let value = serde_json::json!({
            "id": "dvcqg", "name": "Cổng Dịch vụ công Quốc gia", "audience": "citizens",
            "issuer": "https://xacthuc.example.vn", "client_id": "chuyendong",
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_provider_in_plain_http_is_refused_unless_it_is_this_machine() {
        assert!(minimal().check().is_ok());
        for bad in ["http://xacthuc.example.vn", "ftp://127.0.0.1", "127.0.0.1", "http://127.0.0.1.example.vn"] {
            assert!(ProviderSettings { issuer: bad.to_owned(), ..minimal() }.check().is_err(), "{bad}");
        }
        assert!(ProviderSettings { issuer: "http://127.0.0.1:9".to_owned(), ..minimal() }.check().is_ok());
        assert!(ProviderSettings { token: "http://example.vn/token".to_owned(), ..minimal() }.check().is_err());
    }

    #[test]
    fn a_shared_secret_cannot_be_named_as_a_signature() {
        for word in ["HS256", "none", "NONE"] {
            let value = serde_json::json!({
                "id": "x", "name": "x", "audience": "staff", "issuer": "https://x.vn", "client_id": "x",
                "algorithms": [word],
            });
            assert!(serde_json::from_value::<ProviderSettings>(value).is_err(), "{word}");
        }
    }
}
