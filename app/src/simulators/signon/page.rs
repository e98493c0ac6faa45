//! The page on which a visitor chooses who he is.

use super::{
    Asked,
    persons::{Kind, of},
};

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One button for each invented person, and one that goes back without signing in.
pub(super) fn choice(kind: Kind, asked: &Asked) -> String {
    let fields = [
        ("client_id", &asked.client_id),
        ("redirect_uri", &asked.redirect_uri),
        ("state", &asked.state),
        ("nonce", &asked.nonce),
        ("code_challenge", &asked.code_challenge),
        ("code_challenge_method", &asked.code_challenge_method),
        ("response_type", &asked.response_type),
        ("acr_values", &asked.acr_values),
    ];
    let hidden: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)))
        .collect();
    let buttons: String = of(kind)
        .iter()
        .map(|person| {
            format!(
                "<button type=\"submit\" name=\"person\" value=\"{}\">{}</button>",
                escaped(person.technical_id),
                escaped(person.label)
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{name}</title><style>{STYLE}</style></head><body><main>\
         <p class=\"note\">Trang mô phỏng, chạy trên máy này. Mọi người dưới đây đều không có thật.</p>\
         <h1>{title}</h1><p>Chọn người sẽ đăng nhập vào Chuyển Động:</p>\
         <form method=\"post\">{hidden}{buttons}<button class=\"quiet\" type=\"submit\" name=\"person\" value=\"\">Quay lại, không đăng nhập</button></form>\
         </main></body></html>",
        name = escaped(kind.name()),
        title = escaped(&capitalised(kind.name())),
    )
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem}main{max-width:36rem;margin:0 auto}\
     h1{font-size:1.5rem}.note{border-left:4px solid #b35c00;padding:.5rem 1rem}\
     button{display:block;width:100%;min-height:48px;margin:.75rem 0;padding:.5rem 1rem;font:inherit;text-align:left;border:2px solid #0b5cad;\
     border-radius:6px;background:#0b5cad;color:#fff}button.quiet{background:transparent;color:inherit}";
