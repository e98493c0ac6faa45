//! VietQR (EMVCo, merchant presented) for transfers at the counter.

use kernel_contract::{Beneficiary, DossierCode};

/// Payload of a code that pays `amount` đồng once, with `purpose` in the transfer (ASCII, at most 25 characters);
/// without an amount the code is open and may be used again.
pub fn vietqr(to: &Beneficiary, amount: Option<i64>, purpose: &str) -> String {
    let account = field("00", &to.bank_bin) + &field("01", &to.account);
    let template = field("00", "A000000727") + &field("01", &account) + &field("02", "QRIBFTTA");
    let mut text = field("00", "01");
    text += &field("01", if amount.is_some() { "12" } else { "11" });
    text += &field("38", &template);
    text += &field("53", "704");
    if let Some(amount) = amount {
        text += &field("54", &amount.to_string());
    }
    text += &field("58", "VN");
    let purpose: String = purpose.chars().filter(char::is_ascii_alphanumeric).take(25).collect();
    if !purpose.is_empty() {
        text += &field("62", &field("08", &purpose));
    }
    text += "6304";
    let check = crc(text.as_bytes());
    format!("{text}{check:04X}")
}

fn field(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// CRC-16/CCITT-FALSE.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

/// The dossier's code behind a payment code, or the code itself; `None` when the check character is wrong.
pub fn code_of_reference(typed: &str) -> Option<String> {
    if let Some(code) = DossierCode::parse(typed) {
        return Some(code.as_str().to_owned());
    }
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (body, _) = letters.split_at_checked(letters.len().checked_sub(1)?)?;
    // AAA.BB.CC.Hxx-yymmdd-NNNN without its signs.
    let mut rest = body;
    let mut parts = Vec::new();
    for length in [3, 2, 2, 3, 6] {
        let (part, after) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = after;
    }
    let [a, b, c, h, day] = parts.try_into().ok()?;
    let code = format!("{a}.{b}.{c}.{h}-{day}-{rest}");
    let code = DossierCode::parse(&code)?;
    (bank_reference(code.as_str()) == letters).then(|| code.as_str().to_owned())
}

/// What a transfer is matched by: the dossier's code without punctuation and one check character (ISO 7064 MOD 37,36),
/// because banks drop punctuation.
pub fn bank_reference(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let check = check_character(&letters);
    letters + &check.to_string()
}

fn check_character(text: &str) -> char {
    const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = |c: u8| LETTERS.iter().position(|l| *l == c).unwrap_or(0);
    let product = text.bytes().fold(36, |product, c| {
        let sum = (product + value(c)) % 36;
        (if sum == 0 { 36 } else { sum }) * 2 % 37
    });
    char::from(LETTERS[(37 - product) % 36])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to() -> Beneficiary {
        let (bank_bin, account) = ("970436".to_owned(), "1012345678".to_owned());
        Beneficiary { bank_bin, account, ..Beneficiary::default() }
    }

    #[test]
    fn a_payment_code_leads_back_to_its_dossier_and_a_slip_of_the_pen_to_none() {
        let code = "000.00.00.H47-210726-0001";
        assert_eq!(bank_reference(code), "0000000H472107260001D");
        for typed in [code, "0000000H472107260001D", "0000000h47 210726 0001 d"] {
            assert_eq!(code_of_reference(typed).as_deref(), Some(code), "{typed}");
        }
        for wrong in ["0000000H472107260002D", "0000000H472107260001E", "", "D", "0000000H47"] {
            assert_eq!(code_of_reference(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_check_values_of_the_standards_come_out() {
        assert_eq!(crc(b"123456789"), 0x29B1);
        assert_eq!(bank_reference("000.00.00.H47-210726-0001"), "0000000H472107260001D");
    }

    #[test]
    fn the_worked_examples_of_both_kinds_come_out() {
        assert_eq!(
            vietqr(&to(), None, ""),
            "00020101021138540010A00000072701240006970436011010123456780208QRIBFTTA53037045802VN6304497A"
        );
        assert_eq!(
            vietqr(&to(), Some(50_000), "0000000H472107260001D"),
            "00020101021238540010A00000072701240006970436011010123456780208QRIBFTTA53037045405500005802VN622508210000000H472107260001D6304C5EC"
        );
    }
}
