//! How long a receipt takes when the press is warm, and that memory stays bounded.
//! Measured numbers are in the README; run with `cargo test -p kernel-documents -- --ignored --nocapture speed`.

use std::time::Instant;

use kernel_documents::{Document, render};

use crate::samples;

/// Resident memory of this process in mebibytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn receipt(number: u32) -> Document {
    let mut receipt = samples::receipt();
    receipt.dossier.code = format!("000.05.07.H47-210726-{number:04}");
    receipt.dossier.applicant.name = format!("Nguyễn Thị Số {number}");
    receipt.check.hash = format!("{number:064x}");
    Document::Receipt(receipt)
}

#[test]
#[ignore = "measures; run alone"]
fn speed_of_five_hundred_different_receipts() {
    let start = Instant::now();
    render(&receipt(0)).unwrap();
    let cold = start.elapsed();
    (1..50).for_each(|number| drop(render(&receipt(number)).unwrap()));
    let before = resident();
    let start = Instant::now();
    (50..550).for_each(|number| drop(render(&receipt(number)).unwrap()));
    let warm = start.elapsed() / 500;
    let after = resident();
    eprintln!("first {cold:?}, then {warm:?} each; {before} MiB before, {after} MiB after 500 more");
    assert!(after < before + 30, "memory grows: {before} to {after} MiB");
}
