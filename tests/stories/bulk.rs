//! Journey J3: a business hands in many dossiers from one workbook; with one fault nothing is handed in.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use http::header;
use kernel_db::Engine;
use kernel_testkit::block_on;
use rust_xlsxwriter::Workbook;

use crate::harness::{Person, Reply, Town};

pub(crate) const EXTRACT: &str = "2.000635";
pub(crate) const AN_MY: &str = "000.03.31.H47";

fn both(story: fn(Engine)) {
    story(Engine::Sqlite);
    if std::env::var_os("CHUYENDONG_TEST_NO_POSTGRES").is_none() {
        story(Engine::Postgres);
    }
}

/// Sheet by name → rows → texts.
pub(crate) fn sheet(bytes: &[u8], name: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range(name).unwrap();
    let text = |cell: &Data| cell.to_string();
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// A workbook as a person fills the template in: the marks of the template, and these rows below the example.
pub(crate) fn filled(template: &[u8], rows: &[Vec<String>]) -> Vec<u8> {
    let (head, mark) = (sheet(template, "Hồ sơ"), sheet(template, "chuyendong"));
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name("Hồ sơ").unwrap();
    for (line, row) in head.iter().take(2).chain(rows).enumerate() {
        for (column, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            page.write_string(u32::try_from(line).unwrap(), u16::try_from(column).unwrap(), text).unwrap();
        }
    }
    let hidden = book.add_worksheet();
    hidden.set_name("chuyendong").unwrap();
    for (column, text) in mark[0].iter().enumerate() {
        hidden.write_string(0, u16::try_from(column).unwrap(), text).unwrap();
    }
    book.save_to_buffer().unwrap()
}

pub(crate) async fn upload(town: &Town, who: &Person, bytes: &[u8]) -> Reply {
    let mut body = Vec::new();
    for (name, value) in [("csrf", who.csrf.as_str()), ("case", ""), ("agency", AN_MY)] {
        body.extend_from_slice(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ho so.xlsx\"\r\n\r\n");
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request = http::Request::post(format!("/procedures/{EXTRACT}/bulk"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    town.send(who.sign(request).body(axum::body::Body::from(body)).unwrap()).await
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    reply.headers["location"].to_str().unwrap().to_owned()
}

pub(crate) async fn dossiers(town: &Town) -> i64 {
    town.parts.db.read(&town.parts.home, system_onestop::flow::count).await.unwrap()
}

#[test]
fn fifty_rows_with_three_faults_come_back_marked_and_corrected_they_become_fifty_dossiers_once() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let who = town.citizen("0905003001").await;
            let page = town.get(&who, &format!("/procedures/{EXTRACT}")).await.text();
            assert!(page.contains(&format!("/procedures/{EXTRACT}/bulk")), "the page of the procedure leads there");
            let template = town.get(&who, &format!("/procedures/{EXTRACT}/bulk/template.xlsx")).await.bytes;
            let example = sheet(&template, "Hồ sơ")[1].clone();
            let head = sheet(&template, "Hồ sơ")[0].clone();
            let good: Vec<Vec<String>> = (1..=50)
                .map(|n| {
                    example
                        .iter()
                        .enumerate()
                        .map(|(at, text)| if at == 0 { n.to_string() } else { text.clone() })
                        .collect()
                })
                .collect();
            let required: Vec<usize> =
                (1..head.len()).filter(|at| head[*at].ends_with(" *") && !example[*at].is_empty()).collect();
            let mut wrong = good.clone();
            wrong[4][required[0]] = String::new();
            wrong[20][required[0]] = "=cmd|' /C calc'!A0".to_owned();
            wrong[20][required[1]] = String::new();
            wrong[49][required[1]] = String::new();

            let before = dossiers(&town).await;
            let first = location(&upload(&town, &who, &filled(&template, &wrong)).await);
            let shown = town.get(&who, &first).await.text();
            assert!(shown.contains("3 dòng cần sửa"), "{shown}");
            let pressed = town.post_form(&who, &format!("{first}/submit"), format!("csrf={}", who.csrf)).await;
            assert_eq!(pressed.status.as_u16(), 422, "nothing goes in while a row is wrong");
            assert_eq!(dossiers(&town).await, before, "none at the first upload");

            let marked = town.get(&who, &format!("{first}/faults.xlsx")).await.bytes;
            let summary = sheet(&marked, "Lỗi cần sửa");
            assert!(summary[0][0].starts_with("3 trên 50 dòng"), "{summary:?}");
            let rows: Vec<&str> = summary[3..].iter().map(|row| row[0].as_str()).collect();
            assert!(["7", "23", "52"].iter().all(|row| rows.contains(row)), "{rows:?}");
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(marked.clone())).unwrap();
            assert!(book.worksheet_formula("Hồ sơ").unwrap().is_empty(), "no text became a formula");

            // The marked file, corrected, is sent back as it is.
            let mut corrected = sheet(&marked, "Hồ sơ")[2..].to_vec();
            for row in [4, 20, 49] {
                corrected[row] = good[row].clone();
            }
            let bytes = filled(&marked, &corrected);
            let second = location(&upload(&town, &who, &bytes).await);
            let form = format!("csrf={}", who.csrf);
            location(&town.post_form(&who, &format!("{second}/submit"), form.clone()).await);
            assert_eq!(dossiers(&town).await, before + 50);
            location(&town.post_form(&who, &format!("{second}/submit"), form.clone()).await);
            assert_eq!(location(&upload(&town, &who, &bytes).await), second, "the same file again is the same batch");
            location(&town.post_form(&who, &format!("{second}/submit"), form).await);
            assert_eq!(dossiers(&town).await, before + 50, "pressed thrice, handed in once");
            let receipts = sheet(&town.get(&who, &format!("{second}/receipts.xlsx")).await.bytes, "Biên nhận");
            assert_eq!(receipts.len(), 51);
            assert!(town.get(&who, "/my").await.text().contains(&receipts[1][1]));

            let stranger = town.citizen("0905003002").await;
            assert_eq!(town.get(&stranger, &second).await.status.as_u16(), 404);
            assert_eq!(town.get(&stranger, &format!("{first}/faults.xlsx")).await.status.as_u16(), 404);
        });
    });
}

#[test]
fn what_is_no_filled_in_template_is_refused_with_what_to_do() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let who = town.citizen("0905003011").await;
        let template = town.get(&who, &format!("/procedures/{EXTRACT}/bulk/template.xlsx")).await.bytes;
        for (bytes, says) in [
            (b"no workbook".to_vec(), "Không mở được tệp"),
            (template[..template.len() / 2].to_vec(), "Không mở được tệp"),
            (template.clone(), "chưa có dòng nào"),
            (filled(&template, &vec![vec!["1".to_owned(), "x".to_owned()]; 501]), "hơn 500 dòng"),
        ] {
            let refused = upload(&town, &who, &bytes).await;
            assert_eq!(refused.status.as_u16(), 422);
            assert!(refused.text().contains(says), "{says}");
        }
        let refused = town.get(&who, "/procedures/1.001193/bulk").await;
        assert_eq!(refused.status.as_u16(), 422, "a procedure that needs papers");
    });
}
