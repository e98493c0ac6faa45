//! Signatures made with the simulator are valid here and for independent programs; whatever is wrong is named.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::process::Command;

use common::{now, officer, seal, sign, simulator, small_pdf};
use gateway_signing::simulator::Special;
use kernel_signatures::{Credential, Fault, Trust, Verdict, check};

#[test]
fn a_person_and_then_the_seal_sign_one_file_and_both_are_valid() {
    let simulator = simulator();
    let once = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let twice = sign(&simulator, &once, &seal(), "ChuKy2", true);
    let trust = simulator.trust().unwrap();
    assert!(twice.starts_with(&once) && once.starts_with(&small_pdf()));
    let found = check(&twice, &trust, now());
    assert_eq!(found.verdict, Verdict::Valid, "{found:?}");
    let signers: Vec<&str> = found.signatures.iter().map(|s| s.signer.as_str()).collect();
    assert_eq!(signers, ["Lê Thị Hòa", "UBND phường Tân Thạnh"]);
    assert!(found.signatures.iter().all(|s| s.stamped_at == Some(now()) && s.revocation_known), "{found:?}");
}

#[test]
fn what_is_wrong_with_a_signature_is_named() {
    let simulator = simulator();
    let special = |id: &str, special| {
        let who = Credential { id: id.to_owned(), ..officer() };
        simulator.authority().enrol(&who, special).unwrap();
        sign(&simulator, &small_pdf(), &who, "ChuKy1", true)
    };
    let expired = special("officer:expired", Special::Expired);
    let unknown = special("officer:unknown", Special::UnknownIssuer);
    let server = special("officer:server", Special::ForServers);
    let good = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let trust = simulator.trust().unwrap();
    let verdict = |bytes: &[u8], trust: &Trust| check(bytes, trust, now()).verdict;
    assert_eq!(verdict(&good, &trust), Verdict::Valid);
    assert_eq!(verdict(&expired, &trust), Verdict::Invalid(Fault::Expired));
    assert_eq!(verdict(&unknown, &trust), Verdict::Invalid(Fault::UnknownIssuer));
    assert_eq!(verdict(&server, &trust), Verdict::Invalid(Fault::WrongUse));
    assert_eq!(verdict(&good, &Trust::default()), Verdict::Invalid(Fault::UnknownIssuer));
    assert_eq!(verdict(&small_pdf(), &trust), Verdict::NoSignature);
    assert_eq!(verdict(b"not a paper", &trust), Verdict::Unreadable);
    let mut longer = good.clone();
    longer.extend(b"\n% more\n");
    assert_eq!(verdict(&longer, &trust), Verdict::Invalid(Fault::Altered));
    assert_ne!(verdict(&good[..good.len() - 40], &trust), Verdict::Valid);
}

#[test]
fn a_revocation_counts_only_when_it_came_before_the_time_stamp() {
    let simulator = simulator();
    let stamped = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let plain = sign(&simulator, &small_pdf(), &officer(), "ChuKy2", false);
    simulator.authority().revoke("officer:1", now().plus_hours(1));
    let after = simulator.trust().unwrap();
    assert_eq!(check(&stamped, &after, now().plus_hours(2)).verdict, Verdict::Valid);
    assert_eq!(check(&plain, &after, now().plus_hours(2)).verdict, Verdict::Invalid(Fault::Revoked));
    simulator.authority().revoke("officer:1", now().plus_hours(-1));
    let before = simulator.trust().unwrap();
    assert_eq!(check(&stamped, &before, now()).verdict, Verdict::Invalid(Fault::Revoked));
}

#[test]
fn without_a_time_stamp_a_signature_ends_with_its_certificate() {
    let simulator = simulator();
    let stamped = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let plain = sign(&simulator, &small_pdf(), &officer(), "ChuKy2", false);
    let trust = simulator.trust().unwrap();
    let later = kernel_base::Instant::parse("2041-01-01T00:00:00Z").unwrap();
    assert_eq!(check(&stamped, &trust, later).verdict, Verdict::Valid);
    assert_eq!(check(&plain, &trust, later).verdict, Verdict::Invalid(Fault::Expired));
}

#[test]
fn pdfsig_finds_both_signatures_valid_and_trusted() {
    let simulator = simulator();
    let once = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let twice = sign(&simulator, &once, &seal(), "ChuKy2", true);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("signed.pdf"), &twice).unwrap();
    std::fs::write(path("root.pem"), simulator.authority().root_pem()).unwrap();
    run("certutil", &["-N", "-d", &path("."), "--empty-password"]);
    run("certutil", &["-A", "-d", &path("."), "-n", "root", "-t", "CT,CT,CT", "-i", &path("root.pem")]);
    let said = run("pdfsig", &["-nssdir", &path("."), &path("signed.pdf")]);
    assert_eq!(said.matches("Signature is Valid.").count(), 2, "{said}");
    assert_eq!(said.matches("Certificate is Trusted.").count(), 2, "{said}");
    assert!(said.contains("ETSI.CAdES.detached"), "{said}");
}

#[test]
fn openssl_accepts_the_time_stamp_and_the_signature() {
    let simulator = simulator();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, bytes: &[u8]| std::fs::write(path(name), bytes).unwrap();
    write("root.pem", simulator.authority().root_pem().as_bytes());
    let stamps = gateway_signing::HttpTimeStamp::new(simulator.stamp_url(), common::PATIENCE);
    let request = kernel_signatures::stamp_request(b"something that was signed", 77).unwrap();
    write("data", b"something that was signed");
    write("query.tsq", &request);
    write("reply.tsr", &kernel_signatures::TimeStamp::stamp(&stamps, &request).unwrap());
    let ask = ["ts", "-verify", "-in", &path("reply.tsr"), "-CAfile", &path("root.pem"), "-attime", "1700000000"];
    run("openssl", &[&ask[..], &["-queryfile", &path("query.tsq")]].concat());
    run("openssl", &[&ask[..], &["-data", &path("data")]].concat());
    // The query can be read by others as well.
    assert!(
        run("openssl", &["ts", "-query", "-in", &path("query.tsq"), "-text"]).contains("Certificate required: yes")
    );

    let signed = sign(&simulator, &small_pdf(), &seal(), "ChuKy1", true);
    let (covered, cms) = common::parts(&signed);
    write("covered", &covered);
    write("cms.der", &cms);
    let ask = ["cms", "-verify", "-binary", "-inform", "DER", "-in", &path("cms.der"), "-content", &path("covered")];
    let trust = ["-CAfile", &path("root.pem"), "-purpose", "any", "-attime", "1700000000", "-out", "/dev/null"];
    run("openssl", &[&ask[..], &trust[..]].concat());
}

/// Nothing beside the signature may be changed unseen either: certificates, lists, time stamp, padding, letters of
/// hexadecimal text.
#[test]
fn any_changed_byte_of_a_signed_file_is_found() {
    let simulator = simulator();
    let once = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let twice = sign(&simulator, &once, &seal(), "ChuKy2", true);
    let trust = simulator.trust().unwrap();
    let cases: usize = std::env::var("CHUYENDONG_TORTURE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let busy: Vec<usize> = (0..twice.len()).filter(|at| twice[*at] != b'0').collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for case in 0..cases {
        let at = if case % 4 == 0 { next(twice.len()) } else { busy[next(busy.len())] };
        let mut changed = twice.clone();
        changed[at] = match case % 3 {
            // Another hexadecimal digit, the other case, or any byte.
            0 => b"0123456789abcdef"[next(16)],
            1 => changed[at] ^ 0x20,
            _ => changed[at] ^ u8::try_from(1 + next(255)).unwrap(),
        };
        if changed[at] == twice[at] {
            continue;
        }
        let found = check(&changed, &trust, now());
        assert_ne!(found.verdict, Verdict::Valid, "byte {at}: {:?} -> {:?}", twice[at] as char, changed[at] as char);
    }
}

#[test]
fn what_is_appended_after_the_last_signature_is_a_change() {
    let simulator = simulator();
    let once = sign(&simulator, &small_pdf(), &officer(), "ChuKy1", true);
    let trust = simulator.trust().unwrap();
    // Another page content, as an incremental update.
    let mut update = once.clone();
    let at = update.len();
    update.extend(b"4 0 obj\n<</Length 5>>stream\n1 w S\nendstream\nendobj\n");
    let table = update.len();
    let previous = String::from_utf8_lossy(&once[once.len() - 40..]).into_owned();
    let previous: String =
        previous.rsplit("startxref\n").next().unwrap().chars().take_while(char::is_ascii_digit).collect();
    update.extend(
        format!(
            "xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 9/Root 1 0 R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n"
        )
        .bytes(),
    );
    assert_eq!(check(&update, &trust, now()).verdict, Verdict::Invalid(Fault::Altered));
    // Who signs such a file makes his own signature valid, but not the one before.
    let signed_again = sign(&simulator, &update, &seal(), "ChuKy2", true);
    let found = check(&signed_again, &trust, now());
    let faults: Vec<Option<Fault>> = found.signatures.iter().map(|s| s.fault).collect();
    assert_eq!(faults, [Some(Fault::Altered), None], "{found:?}");
}

/// Runs an independent program; it must be there (`scripts/setup test`).
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}
