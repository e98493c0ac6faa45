//! The line to the mail server: guarded, or nothing is sent.

use std::path::Path;

use kernel_db::Engine;
use kernel_notify::MailTls;
use kernel_testkit::both_engines;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use crate::harness::{Peers, Post, post_with};

/// Certificates by name: of our authority, expired, for another machine, of a stranger's authority. The authority as PEM.
fn certificates(folder: &Path) -> Vec<u8> {
    let authority = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        (params, key, certificate.pem())
    };
    let ours = authority("Thử");
    let stranger = authority("Người lạ");
    for (name, of, machine, year) in [
        ("good", &ours, "127.0.0.1", 2090),
        ("expired", &ours, "127.0.0.1", 2021),
        ("elsewhere", &ours, "mail.example.vn", 2090),
        ("stranger", &stranger, "127.0.0.1", 2090),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![machine.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(year, 1, 1));
        let certificate = params.signed_by(&key, &Issuer::from_params(&of.0, &of.1)).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
    ours.2.into_bytes()
}

/// A world with guarded mail servers.
struct Guarded {
    post: Post,
    authority: Vec<u8>,
}

fn guarded(engine: Engine) -> Guarded {
    let folder = tempfile::tempdir().unwrap();
    let authority = certificates(folder.path());
    Guarded { post: post_with(engine, Peers::guarded(folder.path())), authority }
}

both_engines!(an_e_mail_goes_over_a_guarded_line_or_waits, guarded, |it| {
    let post = &it.post;
    let citizen = post.citizen("ten@example.vn");
    let mut ends = post.ends.clone();
    ends.authority = Some(it.authority.clone());
    let mails = || post.peers.seen()["mails"].as_array().unwrap().len();
    post.tell(&citizen.account, "dossier.accepted", "k");
    // An expired certificate, one for another machine, one of a stranger, and a server that offers no STARTTLS: nothing
    // is sent, nothing is lost, and the reason stands in the log.
    let bad = [
        (MailTls::Starttls, "starttls-expired"),
        (MailTls::Starttls, "starttls-elsewhere"),
        (MailTls::Starttls, "starttls-stranger"),
        (MailTls::Starttls, "smtp"),
        (MailTls::Wrapped, "tls-expired"),
        (MailTls::Wrapped, "tls-stranger"),
    ];
    for (tls, server) in bad {
        ends.tls = tls;
        ends.mail = format!("127.0.0.1:{}", post.peers.port(server));
        post.run(&ends);
        assert_eq!((post.states(&citizen.account), mails()), (vec!["email waiting".to_owned()], 0), "{server}");
        post.world.clock.advance_hours(1);
    }
    // Mended: the same e-mail goes, once.
    ends.tls = MailTls::Starttls;
    ends.mail = format!("127.0.0.1:{}", post.peers.port("starttls-good"));
    post.world.clock.advance_hours(8);
    post.run(&ends);
    assert_eq!((post.states(&citizen.account), mails()), (vec!["email sent".to_owned()], 1));
    post.tell(&citizen.account, "dossier.accepted", "k2");
    ends.tls = MailTls::Wrapped;
    ends.mail = format!("127.0.0.1:{}", post.peers.port("tls-good"));
    post.run(&ends);
    assert_eq!(mails(), 2);
    // Without our authority the good certificate is a stranger's too.
    post.tell(&citizen.account, "dossier.accepted", "k3");
    ends.authority = None;
    post.run(&ends);
    assert_eq!(mails(), 2);
});
