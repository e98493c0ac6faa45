//! The program itself: from its start to the first answer, memory when idle, and the time of `verify`.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant as Ticks},
};

use crate::{
    report::{Report, millis},
    submit,
    town::Town,
};

/// Goal of spec: first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(1);

/// Goal of spec: resident memory when idle, in MB.
const MEMORY: f64 = 200.0;

/// Starts of the server; the middle one counts.
const STARTS: usize = 3;

fn command(town: &Town, arguments: &[&str]) -> Command {
    let mut command = Command::new(crate::program());
    command.args(arguments).arg("--data").arg(town.folder.path()).arg("--db").arg(&town.url);
    command.env("CHUYENDONG_LOG", "warn").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn count(town: &Town) -> i64 {
    town.parts.db.read_blocking(&town.parts.home, system_onestop::flow::count).expect("a number")
}

/// `verify` of everything that was handed in until now, without the contents of files, which have none here.
pub(crate) fn verify(town: &Town, report: &mut Report) {
    if count(town) == 0 {
        submit::one(town);
    }
    town.parts.db.write_blocking(&town.parts.home, kernel_ledger::seal).expect("a seal");
    let dossiers = count(town);
    let begun = Ticks::now();
    let done = command(town, &["verify", "--no-files"]).status().expect("verify");
    let took = begun.elapsed();
    assert!(done.success(), "verify found something: {done}");
    let per_thousand = took.as_secs_f64() * 1_000.0 / dossiers as f64;
    let ours = format!("{per_thousand:.2} s for 1,000 ({:.1} s for {dossiers})", took.as_secs_f64());
    let what = "verify, start of the program included";
    report.line([what, town.engine_name(), &ours, "no goal was set", "-", "-"]);
}

/// Time to the first answer of `/readyz` on existing data, and memory after some idle seconds.
pub(crate) fn serve(town: &Town, report: &mut Report) {
    let dossiers = count(town);
    let (mut answers, mut memory) = (Vec::new(), 0.0);
    for _ in 0..STARTS {
        let (mut child, address) = started(town);
        let took = first_answer(&mut child, &address);
        answers.push(took);
        std::thread::sleep(Duration::from_secs(3));
        memory = resident(child.id());
        drop(child.kill());
        drop(child.wait());
    }
    answers.sort();
    let answer = answers.get(answers.len() / 2).copied().unwrap_or_default();
    let engine = town.engine_name();
    let goal = |met: bool| if met { "reached" } else { "not reached" };
    let what = format!("start to first answer, {dossiers} dossiers");
    report.line([&what, engine, &millis(answer), "goal", &millis(FIRST_ANSWER), goal(answer <= FIRST_ANSWER)]);
    let ours = format!("{memory:.0} MB");
    let limit = format!("{MEMORY:.0} MB");
    report.line(["idle memory (resident)", engine, &ours, "goal", &limit, goal(memory <= MEMORY)]);
}

/// Starts the program on a town's data; where it will answer.
pub(crate) fn started(town: &Town) -> (Child, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let address = format!("127.0.0.1:{port}");
    let child = command(town, &["serve", "--addr", &address]).spawn().expect("the server");
    (child, address)
}

/// Waits for the first answer; how long it took.
pub(crate) fn first_answer(child: &mut Child, address: &str) -> Duration {
    let begun = Ticks::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if ready(address) {
            return begun.elapsed();
        }
        assert!(child.try_wait().expect("the server").is_none(), "the server ended");
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(child.kill());
    crate::report::fail("the server gave no answer within 30 s")
}

fn ready(address: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok() && answer.starts_with("HTTP/1.1 200")
}

/// Resident memory of a process in MB.
fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1_000.0
}
