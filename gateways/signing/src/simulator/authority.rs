//! The certificate authority: root, issuing authority, certificates of persons and seals, revocation lists.

use std::collections::BTreeMap;

use kernel_base::{Error, Instant, Result};
use kernel_signatures::{Credential, Trust};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use ring::{rand::SystemRandom, signature};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Every certificate of the simulator names this organisation.
const NOTICE: &str = "Chứng thư thử nghiệm, không có giá trị pháp lý";
const ROOT: &str = "Root thử nghiệm Chuyển Động";
const ISSUING: &str = "CA thử nghiệm Chuyển Động";
const STRANGER: &str = "CA lạ";
/// A key that everyone knows; RSA keys cannot be made by the library at hand.
const RSA_KEY: &str = include_str!("../../fixtures/test-only-rsa-key.pem");

/// What is unusual about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    #[default]
    None,
    /// In force in the year 2019 only.
    Expired,
    /// Issued by an authority nobody knows.
    UnknownIssuer,
    /// For servers, not for documents.
    ForServers,
}

/// A key with its certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// PKCS#8, hexadecimal.
    key: String,
    rsa: bool,
    /// DER, hexadecimal; the holder's own first, without the root.
    chain: Vec<String>,
    serial: Vec<u8>,
}

/// Keys, certificates and what was signed with them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Authority {
    root_key: String,
    root: String,
    issuing_key: String,
    issuing: String,
    stranger_key: String,
    stamp: Holder,
    holders: BTreeMap<String, Holder>,
    /// Serial number and instant, milliseconds.
    revoked: Vec<(Vec<u8>, i64)>,
    /// Message (hexadecimal) and signature for each key of a request.
    answers: BTreeMap<String, (String, Vec<u8>)>,
    /// Signatures made so far.
    made: u64,
    serial: u64,
}

impl Authority {
    /// New keys of root, issuing authority and time-stamp authority.
    ///
    /// # Errors
    /// `Internal` when the machine gives no random numbers.
    pub fn new() -> Result<Self> {
        let root_key = KeyPair::generate().map_err(broken)?;
        let root_params = authority_params(ROOT);
        let root = root_params.self_signed(&root_key).map_err(broken)?;
        let issuing_key = KeyPair::generate().map_err(broken)?;
        let root_issuer = Issuer::from_params(&root_params, &root_key);
        let issuing_params = authority_params(ISSUING);
        let issuing = issuing_params.signed_by(&issuing_key, &root_issuer).map_err(broken)?;
        let stranger_key = KeyPair::generate().map_err(broken)?;
        let placeholder = Holder { key: String::new(), rsa: false, chain: Vec::new(), serial: Vec::new() };
        let mut made = Self {
            root_key: hex::encode(root_key.serialize_der()),
            root: hex::encode(root.der()),
            issuing_key: hex::encode(issuing_key.serialize_der()),
            issuing: hex::encode(issuing.der()),
            stranger_key: hex::encode(stranger_key.serialize_der()),
            stamp: placeholder,
            holders: BTreeMap::new(),
            revoked: Vec::new(),
            answers: BTreeMap::new(),
            made: 0,
            serial: 1000,
        };
        let name = Credential {
            id: "stamp".to_owned(),
            name: "Dấu thời gian thử nghiệm Chuyển Động".to_owned(),
            organisation: NOTICE.to_owned(),
        };
        made.stamp = made.issue(&name, Special::None, true)?;
        Ok(made)
    }

    /// The root certificate, PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        pem("CERTIFICATE", &bytes(&self.root))
    }

    /// Certificates and lists for an installation that believes this authority.
    ///
    /// # Errors
    /// `Internal` when a list cannot be made.
    pub fn trust(&self, now: Instant) -> Result<Trust> {
        let mut trust = Trust::default();
        trust.add_anchors(&bytes(&self.root))?;
        for list in self.lists(now)? {
            trust.add_list(&list)?;
        }
        Ok(trust)
    }

    /// Revocation lists of issuing authority and root, DER.
    ///
    /// # Errors
    /// `Internal` when they cannot be signed.
    pub fn lists(&self, now: Instant) -> Result<[Vec<u8>; 2]> {
        let from_root = list_of(ROOT, &self.root_key, now, &[])?;
        Ok([list_of(ISSUING, &self.issuing_key, now, &self.revoked)?, from_root])
    }

    /// Certificate chain of a credential, which is issued when it is asked for the first time.
    ///
    /// # Errors
    /// `Internal` when it cannot be issued.
    pub fn chain(&mut self, credential: &Credential) -> Result<Vec<Vec<u8>>> {
        self.enrol(credential, Special::None)?;
        let holder = self.holders.get(&credential.id).ok_or_else(|| broken("no holder"))?;
        Ok(holder.chain.iter().map(|text| bytes(text)).collect())
    }

    /// Issues a certificate, with something unusual about it when asked; one that exists stays.
    ///
    /// # Errors
    /// As [`Authority::chain`].
    pub fn enrol(&mut self, credential: &Credential, special: Special) -> Result<()> {
        if !self.holders.contains_key(&credential.id) {
            let holder = self.issue(credential, special, false)?;
            self.holders.insert(credential.id.clone(), holder);
        }
        Ok(())
    }

    /// Withdraws the certificate of a credential.
    pub fn revoke(&mut self, credential: &str, at: Instant) {
        if let Some(holder) = self.holders.get(credential) {
            self.revoked.push((holder.serial.clone(), at.as_millis()));
        }
    }

    fn issue(&mut self, credential: &Credential, special: Special, stamping: bool) -> Result<Holder> {
        // Seals use RSA, persons elliptic keys: both kinds are seen in the field.
        let rsa = credential.id.starts_with("seal:");
        let key = if rsa { KeyPair::from_pem(RSA_KEY) } else { KeyPair::generate() }.map_err(broken)?;
        self.serial += 1;
        let serial = SerialNumber::from(self.serial);
        let mut params = CertificateParams::default();
        params.serial_number = Some(serial.clone());
        params.distinguished_name = name(&credential.name, &format!("{} ({NOTICE})", credential.organisation));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = (year(2020), year(2040));
        if special == Special::Expired {
            (params.not_before, params.not_after) = (year(2019), year(2020));
        }
        if special == Special::ForServers {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }
        if stamping {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.custom_extensions = vec![critical_time_stamping()];
        }
        let (authority, authority_key) = if special == Special::UnknownIssuer {
            (STRANGER, &self.stranger_key)
        } else {
            (ISSUING, &self.issuing_key)
        };
        let (authority, authority_key) = (authority_params(authority), key_of(authority_key)?);
        let issuer = Issuer::from_params(&authority, &authority_key);
        let certificate = params.signed_by(&key, &issuer).map_err(broken)?;
        let mut chain = vec![hex::encode(certificate.der())];
        if special != Special::UnknownIssuer {
            chain.push(self.issuing.clone());
        }
        Ok(Holder { key: hex::encode(key.serialize_der()), rsa, chain, serial: serial.to_bytes() })
    }

    /// Signs once for each key of a request; a repeat gives what was made.
    ///
    /// # Errors
    /// `Conflict` when the key was used for another message.
    pub fn sign(&mut self, request: &str, credential: &Credential, message: &[u8]) -> Result<Vec<u8>> {
        let message_text = hex::encode(message);
        if let Some((before, signature)) = self.answers.get(request) {
            if *before == message_text {
                return Ok(signature.clone());
            }
            let words = ("Mã yêu cầu ký đã dùng cho văn bản khác.", "This key was used for another document.");
            return Err(Error::conflict("other_message", words));
        }
        self.chain(credential)?;
        let holder = self.holders.get(&credential.id).ok_or_else(|| broken("no holder"))?;
        let signature = holder.sign(message)?;
        self.answers.insert(request.to_owned(), (message_text, signature.clone()));
        self.made += 1;
        Ok(signature)
    }

    /// How many signatures were made (time stamps apart).
    #[must_use]
    pub fn signatures_made(&self) -> u64 {
        self.made
    }

    pub(crate) fn stamping(&self) -> &Holder {
        &self.stamp
    }

    pub(crate) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

impl Holder {
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let (key, random) = (bytes(&self.key), SystemRandom::new());
        if self.rsa {
            let pair = signature::RsaKeyPair::from_pkcs8(&key).map_err(broken)?;
            let mut value = vec![0; pair.public().modulus_len()];
            pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut value).map_err(broken)?;
            return Ok(value);
        }
        let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = signature::EcdsaKeyPair::from_pkcs8(algorithm, &key, &random).map_err(broken)?;
        Ok(pair.sign(&random, message).map_err(broken)?.as_ref().to_vec())
    }

    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        self.chain.iter().map(|text| bytes(text)).collect()
    }
}

/// A revocation list, DER.
fn list_of(name: &str, key: &str, now: Instant, revoked: &[(Vec<u8>, i64)]) -> Result<Vec<u8>> {
    let key = key_of(key)?;
    let params = authority_params(name);
    let issuer = Issuer::from_params(&params, &key);
    let entries = revoked.iter().map(|(serial, at)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: moment(*at),
        reason_code: None,
        invalidity_date: None,
    });
    let list = CertificateRevocationListParams {
        this_update: moment(now.as_millis()),
        next_update: moment(now.plus_hours(24 * 30).as_millis()),
        crl_number: SerialNumber::from(u64::try_from(revoked.len()).unwrap_or(0) + 1),
        issuing_distribution_point: None,
        revoked_certs: entries.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(list.signed_by(&issuer).map_err(broken)?.der().to_vec())
}

/// RFC 3161 asks for this purpose alone, marked critical.
fn critical_time_stamping() -> rcgen::CustomExtension {
    let value = vec![0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
    let mut extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 37], value);
    extension.set_criticality(true);
    extension
}

fn authority_params(common: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(common, NOTICE);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (year(2015), year(2045));
    params
}

fn name(common: &str, organisation: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "VN");
    name.push(DnType::OrganizationName, organisation);
    name.push(DnType::CommonName, common);
    name
}

fn year(year: i32) -> OffsetDateTime {
    rcgen::date_time_ymd(year, 1, 1)
}

fn moment(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(millis / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn key_of(text: &str) -> Result<KeyPair> {
    KeyPair::try_from(bytes(text)).map_err(broken)
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_default()
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let body = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("signing simulator: {error}"))
}
