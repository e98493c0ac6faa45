//! A simulator, a PDF, and a signature on it.

use std::{sync::Arc, time::Duration};

use gateway_signing::{HttpTimeStamp, RemoteSigner, simulator::Simulator};
use kernel_base::{Instant, MockClock};
use kernel_signatures::{
    Credential, Field, Placeholder, SignAnswer, SignRequest, Signer, TimeStamp, ToSign, stamp_request, token_of,
};

pub(crate) fn now() -> Instant {
    Instant::parse("2021-07-26T08:00:00Z").unwrap()
}

pub(crate) fn simulator() -> Simulator {
    Simulator::start("127.0.0.1:0", Arc::new(MockClock::at(now())), None).unwrap()
}

pub(crate) fn officer() -> Credential {
    Credential {
        id: "officer:1".to_owned(),
        name: "Lê Thị Hòa".to_owned(),
        organisation: "UBND phường Tân Thạnh".to_owned(),
    }
}

pub(crate) fn seal() -> Credential {
    Credential {
        id: "seal:000.00.01.H47".to_owned(),
        name: "UBND phường Tân Thạnh".to_owned(),
        organisation: "UBND phường Tân Thạnh".to_owned(),
    }
}

pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A small whole PDF.
pub(crate) fn small_pdf() -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        "<</Length 22>>stream\n0 0 m 100 100 l S    \n\nendstream",
    ];
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let table = out.len();
    out.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for at in offsets {
        out.extend(format!("{at:010} 00000 n \n").bytes());
    }
    out.extend(format!("trailer\n<</Size 5/Root 1 0 R/ID[<00><01>]>>\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}

/// Signs with the simulator's services; `stamped` asks for a time stamp.
pub(crate) fn sign(simulator: &Simulator, pdf: &[u8], who: &Credential, name: &str, stamped: bool) -> Vec<u8> {
    let signer = RemoteSigner::new(simulator.url(), PATIENCE);
    let stamps = HttpTimeStamp::new(simulator.stamp_url(), PATIENCE);
    let field = Field {
        name: name.to_owned(),
        signer: who.name.clone(),
        reason: "Phê duyệt kết quả".to_owned(),
        location: "Quảng Nam".to_owned(),
        at: now(),
    };
    let place = Placeholder::prepare(pdf, &field).unwrap();
    let chain = signer.chain(who).unwrap();
    let order = ToSign::new(&place.covered().unwrap(), &chain).unwrap();
    let request = SignRequest {
        key: format!("{name}-{}", hex::encode(order.digest().unwrap())),
        credential: who.clone(),
        message: order.message().unwrap(),
        digest: order.digest().unwrap(),
        title: "Kết quả".to_owned(),
    };
    let SignAnswer::Signed(signature) = signer.sign(&request).unwrap() else { panic!("not signed") };
    order.accepts(&signature).unwrap();
    let token = stamped.then(|| {
        let answer = stamps.stamp(&stamp_request(&signature, 7).unwrap()).unwrap();
        token_of(&answer, &signature, 7).unwrap()
    });
    let lists = simulator.trust().unwrap().lists_for(&chain);
    let cms = order.assemble(&signature, &lists, token.as_deref()).unwrap();
    place.fill(&cms).unwrap()
}

/// The bytes that the only signature covers, and its CMS object.
pub(crate) fn parts(signed: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let text = String::from_utf8_lossy(signed);
    let range = text.split("/ByteRange [").nth(1).unwrap().split(']').next().unwrap();
    let numbers: Vec<usize> = range.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let covered = [&signed[..numbers[1]], &signed[numbers[2]..]].concat();
    let raw = hex::decode(&signed[numbers[1] + 1..numbers[2] - 1]).unwrap();
    let length = 4 + usize::from(raw[2]) * 256 + usize::from(raw[3]);
    (covered, raw[..length].to_vec())
}
